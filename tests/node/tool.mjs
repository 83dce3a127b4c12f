// The tool package, installed from a folder and driven over stdio: through 'dnx', and after 'dotnet tool install'.
//
//   scripts/pack && node tests/node/tool.mjs
//
// All that the .NET SDK keeps of it is in a temporary folder. Prints one line for each check and last 'N passed, N failed'.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checksOf, counts } from './checks.mjs';
import { byStdio, talkOverMcp } from './mcp.mjs';
import { projectVersion, repository, temporaryData } from './server.mjs';

const source = join(repository, 'artifacts/packages');
const version = await projectVersion();
const check = checksOf('tool');
const home = await mkdtemp(join(tmpdir(), 'assistants-mcp-tool-'));
const isolation = {
    DOTNET_CLI_HOME: home,
    DOTNET_CLI_TELEMETRY_OPTOUT: '1',
    DOTNET_NOLOGO: '1',
    NUGET_HTTP_CACHE_PATH: join(home, 'http-cache'),
    NUGET_PACKAGES: join(home, 'packages'),
    TMPDIR: join(home, 'tmp'),
};
const run = (program, args, env = {}) =>
    promisify(execFile)(program, args, { cwd: home, env: { ...process.env, ...isolation, ...env }, timeout: 120_000 });

try {
    await mkdir(isolation.TMPDIR);

    await check('the folder holds one package, of the version of the project', async () => {
        assert.deepEqual(await readdir(source), [`AssistantsMcp.${version}.nupkg`]);
    });

    const dnx = ['dotnet', 'dnx', `AssistantsMcp@${version}`, '--source', source, '--yes', '--'];
    await check('dnx fetches and starts it', async () => {
        const [program, ...args] = dnx;
        assert.equal((await run(program, [...args, '--version'])).stdout, `${version}\n`);
    });
    await talk('tool, dnx', dnx);

    const installed = join(home, 'tools', 'assistants-mcp');
    await check('dotnet tool install', () =>
        run('dotnet', ['tool', 'install', 'AssistantsMcp', '--version', version, '--source', source, '--tool-path', join(home, 'tools')]));
    await check('it is a tool and an MCP server, and brings its entry for the registry and a readme with its name there', inspectPackage);
    await talk('tool, installed', [installed]);
    await check('the installed one tells clients to start itself', async () => {
        const { stdout } = await run(installed, ['config', '--client', 'claude-desktop', '--stdio']);
        const { command, args } = JSON.parse(stdout).mcpServers.assistants;
        assert.deepEqual([command, args], [installed, ['stdio']]);
    });
} finally {
    await rm(home, { recursive: true, force: true });
}

console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

async function talk(name, command) {
    const data = await temporaryData();
    try {
        await talkOverMcp(name, byStdio(command, { ...data.settings, ...isolation }, home));
    } finally {
        await data.remove();
    }
}

/** Looks into the package as it was unpacked by the installation. */
async function inspectPackage() {
    const unpacked = join(home, 'tools/.store/assistantsmcp', version, 'assistantsmcp', version);
    const read = (path) => readFile(join(unpacked, path), 'utf8');

    const nuspec = await read('AssistantsMcp.nuspec');
    assert.deepEqual([...nuspec.matchAll(/<packageType name="(\w+)"/g)].map(([, type]) => type), ['DotnetTool', 'McpServer']);
    const entry = await read('.mcp/server.json');
    assert.equal(entry, await readFile(join(repository, 'server.json'), 'utf8'));
    assert.match(await read('README.md'), new RegExp(`^<!-- mcp-name: ${JSON.parse(entry).name} -->$`, 'm'));
}

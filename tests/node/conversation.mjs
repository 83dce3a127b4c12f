// One whole conversation with the built server, held by clients of another language through every door.
//
//   node conversation.mjs [Debug|Release|path of a published program]
//
// Its data is in SQLite files; beside scripts/with-postgres and with TEST_DATABASE=postgres, in one PostgreSQL database.
// Needs no account and no network: the key 'sandbox' is answered by the server's built-in model, every other key by a
// scripted model server of this script's own.
// Prints one line for each check and last 'N passed, N failed'.

import assert from 'node:assert/strict';
import { checksOf, counts } from './checks.mjs';
import { askInspector } from './inspector.mjs';
import { startAndStop } from './program.mjs';
import { byHeader, byPath, byStdio, talkOverMcp } from './mcp.mjs';
import { talkThroughProxies } from './proxies.mjs';
import { startResponses } from './responses.mjs';
import { talkOverRest } from './rest.mjs';
import { runThroughHelpers } from './runs.mjs';
import { talkWithSdk2 } from './sdk2.mjs';
import { serverCommand, startServer, temporaryData } from './server.mjs';

const check = checksOf('server');
const [httpData, stdioData] = [await temporaryData(), await temporaryData()];
const model = await startResponses();
let server;

try {
    const command = serverCommand(process.argv[2] ?? 'Debug');

    server = await check('it starts and is ready', () => startServer(command, { ...httpData.settings, Model__BaseUrl: model.url, Model__Profile: 'openai' }));
    if (server) {
        await talkOverRest(server.url);
        await runThroughHelpers(server.url);
        const httpTools = await talkOverMcp('mcp, key in the path', byPath(server.url));
        await talkOverMcp('mcp, key in the header', byHeader(server.url));
        const stdioTools = await talkOverMcp('mcp, stdio', byStdio(command, stdioData.settings));

        await talkWithSdk2(server.url, command, stdioData.settings);
        await talkThroughProxies(server.url, command);
        await askInspector(server.url);

        await check('both transports publish the same tools', async () => {
            assert.ok(httpTools && stdioTools);
            assert.equal(JSON.stringify(stdioTools), JSON.stringify(httpTools));
        });
        await check('it stops when asked to, within 15 s', async () => {
            assert.deepEqual(await server.stop(), { code: 0, signal: null });
        });
    }
    await startAndStop(command, model.url);
} catch (error) {
    counts.failed++;
    console.error(error.message);
} finally {
    server?.kill();
    model.stop();
    await httpData.remove();
    await stdioData.remove();
}

if (counts.failed > 0 && server) {
    console.log(`The server's last lines:\n${server.output()}`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

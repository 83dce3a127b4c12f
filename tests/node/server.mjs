// The built server as a child process on a free port, with data of its own.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The native program that scripts/publish makes. */
export const publishedProgram = join(repository, 'artifacts/publish/AssistantsMcp');

/** The version of the project, from the one place that names it. */
export async function projectVersion() {
    return /<Version>(.*)<\/Version>/.exec(await readFile(join(repository, 'Directory.Build.props'), 'utf8'))[1];
}

/** The command that runs the server: the build of a configuration, or a program given by its path. */
export function serverCommand(target) {
    const build = join(repository, 'src/AssistantsMcp/bin', target, 'net10.0/AssistantsMcp.dll');
    if (existsSync(build)) {
        return ['dotnet', build];
    }
    if (existsSync(target)) {
        return [resolve(target)];
    }
    throw new Error(`There is no ${build}. Run 'dotnet build -c ${target}' first, or name a program.`);
}

/** Servers that share a PostgreSQL database share this, too. */
const secret = randomBytes(32).toString('base64');

/** The PostgreSQL database that all servers are to use, or undefined: then each has a SQLite file in a folder of its own. */
export const postgres = process.env.TEST_DATABASE === 'postgres' ? process.env.TEST_POSTGRES : undefined;
if (process.env.TEST_DATABASE === 'postgres' && !postgres) {
    throw new Error('TEST_POSTGRES names no database. Run this beside one: scripts/with-postgres node …');
}

/** A place for data, and the settings that make a server use it. */
export async function temporaryData() {
    const folder = await mkdtemp(join(tmpdir(), 'assistants-mcp-'));
    const storage = postgres
        ? { Storage__ConnectionString: postgres, Secrets__Key: secret }
        : { Storage__ConnectionString: `Data Source=${join(folder, 'assistants.db')}` };
    return {
        folder,
        settings: { Access__Mode: 'open', Sandbox__Enabled: 'true', ...storage },
        remove: () => rm(folder, { recursive: true, force: true }),
    };
}

/** Starts the server, in a folder if one is named, and waits until it is ready. */
export async function startServer([program, ...programArguments], settings, cwd) {
    const url = `http://127.0.0.1:${await freePort()}`;
    const process = spawn(program, programArguments, {
        cwd,
        env: { ...globalThis.process.env, ...settings, ASPNETCORE_URLS: url },
        stdio: ['ignore', 'pipe', 'pipe'],
    });

    let output = '';
    const keep = (text) => (output = (output + text).slice(-8_000));
    process.stdout.on('data', keep);
    process.stderr.on('data', keep);
    const ended = once(process, 'exit').then(([code, signal]) => ({ code, signal }), (error) => ({ error }));

    const server = {
        url,
        output: () => output,
        kill: () => process.kill('SIGKILL'),
        /** Asks the server to stop, and tells how it ended. */
        async stop(signal = 'SIGTERM') {
            process.kill(signal);
            const end = await Promise.race([ended, delay(15_000, { stillRunning: true }, { ref: false })]);
            if (end.stillRunning) {
                process.kill('SIGKILL');
            }
            return end;
        },
    };

    const deadline = Date.now() + 30_000;
    let end;
    ended.then((result) => (end = result));
    while (!(await isReady(url))) {
        if (end) {
            throw new Error(`The server ended before it was ready (${JSON.stringify(end)}):\n${output}`);
        }
        if (Date.now() > deadline) {
            process.kill('SIGKILL');
            throw new Error(`The server was not ready after 30 s:\n${output}`);
        }
        await delay(100);
    }
    return server;
}

async function isReady(url) {
    try {
        const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
        return response.ok;
    } catch {
        return false;
    }
}

/** A port that nobody listens on. */
export async function freePort() {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address();
    listener.close();
    await once(listener, 'close');
    return port;
}

// The entry for the MCP registry. It is packed into the tool package, too, and names what is published elsewhere.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { checksOf } from '../node/checks.mjs';
import { projectVersion, repository } from '../node/server.mjs';

const read = (path) => readFile(join(repository, path), 'utf8');
const readJson = async (path) => JSON.parse(await read(path));

/** The registry's own schema, if a copy is named; a release downloads it. */
const officialSchema = process.env.MCP_REGISTRY_SCHEMA;

export async function checkRegistry() {
    const check = checksOf('registry');
    const [entry, form] = [await readJson('server.json'), await readJson('tests/shipping/server.schema.json')];
    const version = await projectVersion();
    const [tool, image] = entry.packages;

    await check('server.json has the form that the registry asks for, and no field besides', () => assertValid(entry, form));
    await check('a description that is too long is noticed', () =>
        assert.throws(() => assertValid({ ...entry, description: 'x'.repeat(101) }, form), /description/));
    if (officialSchema) {
        await check('server.json fits the schema of the registry', async () =>
            assertValid(entry, JSON.parse(await readFile(officialSchema, 'utf8'))));
    }

    await check('its versions are that of the project', () => {
        assert.deepEqual([entry.version, tool.version, image.identifier.split(':').at(-1)], [version, version, version]);
    });
    await check('package and image say its name, by which the registry knows whose they are', async () => {
        assert.match(await read('src/AssistantsMcp/README.md'), new RegExp(`^<!-- mcp-name: ${entry.name} -->$`, 'm'));
        assert.ok((await read('Dockerfile')).includes(`LABEL io.modelcontextprotocol.server.name="${entry.name}"`));
    });
    await check('the tool package has the name of the project that makes it', async () => {
        assert.ok((await read('src/AssistantsMcp/AssistantsMcp.csproj')).includes(`<PackageId>${tool.identifier}</PackageId>`));
    });
}

function assertValid(value, schema) {
    const ajv = addFormats.default(new Ajv.default({ allErrors: true, strict: false }));
    const validate = ajv.compile(schema);
    assert.ok(validate(value), ajv.errorsText(validate.errors));
}

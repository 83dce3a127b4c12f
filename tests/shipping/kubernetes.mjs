// The manifests for Kubernetes, as 'kubectl kustomize' puts them together and as single files.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDefaultMonokleValidator } from '@monokle/validation';
import { parseAllDocuments } from 'yaml';
import { checksOf } from '../node/checks.mjs';
import { freePort, projectVersion, publishedProgram, repository, startServer, temporaryData } from '../node/server.mjs';

const folder = join(repository, 'deploy/kubernetes');

export async function checkKubernetes() {
    const check = checksOf('kubernetes');
    const optional = await readOptional();

    for (const form of ['sqlite', 'postgres']) {
        const objects = await check(`${form}: kustomize puts it together`, () => kustomize(form));
        if (!objects) {
            continue;
        }
        for (const object of [...objects, ...optional]) {
            await check(`${form}: ${object.kind} has only fields that Kubernetes knows, of the right types`, () => assertKnown(object));
        }
        await check(`${form}: the linter has nothing to say, with what is optional and without`, async () => {
            assert.deepEqual(await lint(objects), []);
            assert.deepEqual(await lint([...objects, ...optional]), []);
        });
        await check(`${form}: the linter sees what is wrong`, async () => {
            const findings = await lint(objects.map(spoil));
            assert.ok(findings.some((finding) => finding.includes('KBP102')), findings.join('\n'));
        });
        await check(`${form}: the program answers the probes, and Prometheus`, () =>
            askProbes(workload(objects).spec.template.spec.containers[0], optional.find(({ kind }) => kind === 'ServiceMonitor')));
        await check(`${form}: the image is that of this version, and has time to stop`, async () => {
            const { spec } = workload(objects).spec.template;
            const { packages } = JSON.parse(await readFile(join(repository, 'server.json'), 'utf8'));
            assert.deepEqual(spec.containers.map((container) => container.image), [packages.find((item) => item.registryType === 'oci').identifier]);
            assert.ok(spec.containers[0].image.endsWith(`:${await projectVersion()}`));
            assert.ok(spec.terminationGracePeriodSeconds >= spec.containers[0].lifecycle.preStop.sleep.seconds + 10);
        });
    }

    await check('a misspelt field and a wrong type are noticed', async () => {
        const [deployment] = (await kustomize('postgres')).filter((object) => object.kind === 'Deployment');
        await assert.rejects(assertKnown({ ...deployment, spec: { ...deployment.spec, replcias: 2 } }), /replcias/);
        await assert.rejects(assertKnown({ ...deployment, spec: { ...deployment.spec, replicas: '2' } }), /integer/);
    });
    await check('both forms run the same pod', async () => {
        const [one, other] = (await Promise.all([kustomize('sqlite'), kustomize('postgres')])).map((objects) => podOf(workload(objects)));
        assert.deepEqual(one, other);
    });
}

/** Starts the program with what the manifest sets, on other ports, and asks what Kubernetes and Prometheus would ask. */
async function askProbes({ env, startupProbe, livenessProbe, readinessProbe }, monitor) {
    const data = await temporaryData();
    const settings = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const metrics = `http://127.0.0.1:${await freePort()}`;
    const server = await startServer([publishedProgram], { ...data.settings, ...settings, Metrics__Url: metrics });
    const probes = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => server.url + httpGet.path);
    const scrapes = monitor.spec.endpoints.map(({ path }) => metrics + path);
    try {
        for (const url of [...probes, ...scrapes]) {
            assert.equal((await fetch(url)).status, 200, url);
        }
    } finally {
        server.kill();
        await data.remove();
    }
}

async function kustomize(form) {
    const { stdout } = await promisify(execFile)('kubectl', ['kustomize', join(folder, form)]);
    return parse(stdout);
}

async function readOptional() {
    const files = await readdir(join(folder, 'optional'));
    return (await Promise.all(files.map((file) => readFile(join(folder, 'optional', file), 'utf8')))).flatMap(parse);
}

const parse = (text) => parseAllDocuments(text).map((document) => document.toJS());

const workload = (objects) => objects.find((object) => object.kind === 'Deployment' || object.kind === 'StatefulSet');

/** What both forms have in common: all but where data is and how pods are spread. */
function podOf({ spec: { template: { metadata, spec } } }) {
    const { topologySpreadConstraints, volumes, containers: [{ envFrom, volumeMounts, ...container }], ...rest } = spec;
    return { metadata, rest, container };
}

/**
 * Validates an object against Kubernetes' own schema. That does not mind unknown fields; here they are those that
 * the validator has never looked at.
 */
async function assertKnown(object) {
    const { validate } = await import(schemaOf(object));
    const unread = new Set();
    const valid = validate(watch(object, object.kind, unread));
    assert.deepEqual([valid, validate.errors, [...unread]], [true, null, []]);
}

/** The file of the schema in the npm packages that carry them. */
function schemaOf({ apiVersion, kind }) {
    const [version, group = 'core'] = apiVersion.split('/').reverse();
    return group === 'monitoring.coreos.com'
        ? `./node_modules/@kubernetes-models/prometheus-operator/_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1${kind}.js`
        : `./node_modules/kubernetes-models/_schemas/IoK8sApi${capital(group.split('.')[0])}${capital(version)}${kind}.js`;
}

const capital = (word) => word[0].toUpperCase() + word.slice(1);

/** A copy of a value that strikes out of a set each field that is read. */
function watch(value, path, unread) {
    if (typeof value !== 'object' || value === null) {
        return value;
    }
    const copy = Array.isArray(value) ? [] : {};
    for (const [key, item] of Object.entries(value)) {
        unread.add(`${path}.${key}`);
        copy[key] = watch(item, `${path}.${key}`, unread);
    }
    return new Proxy(copy, {
        get(target, key) {
            unread.delete(`${path}.${String(key)}`);
            return target[key];
        },
    });
}

/** Pod Security Standards up to 'restricted', common practices, and links between objects. */
async function lint(objects) {
    const validator = createDefaultMonokleValidator();
    await validator.preload({
        plugins: {
            'pod-security-standards': true,
            practices: true,
            'resource-links': true,
            'yaml-syntax': true,
            // These two download their rules.
            'kubernetes-schema': false,
            'open-policy-agent': false,
        },
    });
    const { runs } = await validator.validate({ resources: objects.map(resourceOf) });
    return runs.flatMap((run) => run.results).map((result) => `${result.ruleId}: ${result.message.text}`);
}

const resourceOf = (content, index) => ({
    id: String(index),
    fileId: String(index),
    filePath: `${content.kind}.yaml`,
    fileOffset: 0,
    name: content.metadata.name,
    apiVersion: content.apiVersion,
    kind: content.kind,
    content,
    text: JSON.stringify(content),
});

function spoil(object) {
    const copy = structuredClone(object);
    for (const container of copy.spec?.template?.spec.containers ?? []) {
        container.securityContext.readOnlyRootFilesystem = false;
    }
    return copy;
}

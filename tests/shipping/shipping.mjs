// Checks what the server is shipped with: its entry for the MCP registry, the settings of the image, the manifests for
// Kubernetes, the unit of systemd and the workflows of GitHub.
//
//   scripts/publish && node tests/shipping/shipping.mjs
//
// Needs kubectl and systemd-analyze; no cluster, no container engine and no running systemd. Prints one line for each check and last
// 'N passed, N failed'.

import { counts } from '../node/checks.mjs';
import { checkDefaults } from './defaults.mjs';
import { checkKubernetes } from './kubernetes.mjs';
import { checkRegistry } from './registry.mjs';
import { checkSystemd } from './systemd.mjs';
import { checkWorkflows } from './workflows.mjs';

await checkRegistry();
await checkDefaults();
await checkKubernetes();
await checkSystemd();
await checkWorkflows();

console.log(`${counts.passed} passed, ${counts.failed} failed`);
// The linter for workflows keeps its machine, and so this process, alive.
process.exit(counts.failed === 0 ? 0 : 1);

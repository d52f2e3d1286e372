import { argv } from 'node:process';
import { setUpOrExplain } from '../../scripts/set-up.ts';
import { layoutOf } from '../../src/cli/machine/layout.ts';

/** `run-set-up.ts FOLDER training|checks`: set-up of another folder than this project's. */
const [folder = '', group] = argv.slice(2);
if (await setUpOrExplain({ checks: group === 'checks' }, layoutOf(folder))) console.log('complete');

/** All text of one language: a file for each part of the site. */
import bench from './bench.json';
import common from './common.json';
import entry from './entry.json';
import overview from './overview.json';
import protect from './protect.json';
import security from './security.json';
import terminal from './terminal.json';
import trade from './trade.json';
import verification from './verification.json';

export default { bench, common, entry, overview, protect, security, terminal, trade, verification };

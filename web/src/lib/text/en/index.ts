/** All text of one language: a file for each part of the site. */
import common from './common.json';
import terminal from './terminal.json';
import trade from './trade.json';

export default { common, terminal, trade };

/** All text of one language: a file for each part of the site. */
import addresses from './addresses.json';
import bench from './bench.json';
import common from './common.json';
import diligence from './diligence.json';
import doors from './doors.json';
import entry from './entry.json';
import fromUs from './fromUs.json';
import keys from './keys.json';
import notices from './notices.json';
import overview from './overview.json';
import protect from './protect.json';
import recovery from './recovery.json';
import security from './security.json';
import terminal from './terminal.json';
import trade from './trade.json';
import verification from './verification.json';

export default {
  addresses,
  bench,
  common,
  diligence,
  doors,
  entry,
  fromUs,
  keys,
  notices,
  overview,
  protect,
  recovery,
  security,
  terminal,
  trade,
  verification,
};

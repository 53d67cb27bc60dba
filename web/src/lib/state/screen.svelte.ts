/** How wide the window is, in the three ways the pages are laid out. */
import { MediaQuery } from 'svelte/reactivity';

const phone = new MediaQuery('max-width: 719px');
const desktop = new MediaQuery('min-width: 1240px');

export const screen = {
  get isPhone(): boolean {
    return phone.current;
  },
  get isDesktop(): boolean {
    return desktop.current;
  },
};

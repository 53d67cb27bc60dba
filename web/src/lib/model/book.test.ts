import { beforeEach, describe, expect, test } from 'vitest';

import { Book, groupings } from './book';

let book: Book;

beforeEach(() => {
  book = new Book('0.01', '0.001');
  book.replace(
    [
      ['99.98', '1', '0', '1'],
      ['99.99', '2.5', '0', '1'],
      ['99.90', '4', '0', '2'],
    ],
    [
      ['100.05', '3', '0', '1'],
      ['100.01', '1', '0', '1'],
    ],
  );
});

const prices = (side: 'bids' | 'asks') => book.levels(side).map((level) => level.price);

test('levels stand in order, the best first', () => {
  expect(prices('bids')).toEqual(['99.99', '99.98', '99.90']);
  expect(prices('asks')).toEqual(['100.01', '100.05']);
  expect([book.best('bids'), book.best('asks')]).toEqual(['99.99', '100.01']);
});

test('changes replace, insert and remove levels', () => {
  book.apply(
    [
      ['99.99', '0'],
      ['99.95', '7'],
      ['99.98', '1.250'],
    ],
    [
      ['100.00', '0.1'],
      ['101', '0'],
    ],
  );
  expect(book.levels('bids')).toEqual([
    { price: '99.98', size: '1.250' },
    { price: '99.95', size: '7.000' },
    { price: '99.90', size: '4.000' },
  ]);
  expect(prices('asks')).toEqual(['100.00', '100.01', '100.05']);
});

test('sums run away from the middle, and bars are measured against the larger side', () => {
  const { bids, asks } = book.view('0.01', 10);
  expect(bids.map((row) => row.sum)).toEqual(['2.500', '3.500', '7.500']);
  expect(asks.map((row) => row.sum)).toEqual(['1.000', '4.000']);
  expect(bids.map((row) => row.share)).toEqual([0.3333, 0.4666, 1]);
  expect(asks.at(-1)?.share).toBe(0.5333);
});

test('groups bring bids down and asks up, so that neither looks better than it is', () => {
  const { bids, asks } = book.view('0.1', 10);
  expect(bids.map(({ price, size }) => [price, size])).toEqual([['99.90', '7.500']]);
  expect(asks.map(({ price, size }) => [price, size])).toEqual([['100.10', '4.000']]);
});

test('no more lines than asked for', () => {
  expect(book.view('0.01', 2).bids.map((row) => row.price)).toEqual(['99.99', '99.98']);
});

describe('the spread', () => {
  test('is absolute and a share of the middle', () => {
    const { spread, spreadPpm, middle } = book.view('0.1', 1);
    expect([spread, spreadPpm, middle]).toEqual(['0.02', 200, '100.000']);
  });

  test('is unknown while a side is empty', () => {
    book.replace([['1', '1']], []);
    expect(book.view('0.01', 5)).toMatchObject({ spread: '', spreadPpm: null, middle: '' });
  });
});

test('an empty book is empty', () => {
  book.replace([], []);
  expect([book.isEmpty, book.best('bids'), book.view('0.01', 5).asks]).toEqual([true, '', []]);
});

test('steps begin with the tick', () => {
  expect(groupings('0.01')).toEqual(['0.01', '0.1', '0.5', '1', '5', '10']);
  expect(groupings('5')).toEqual(['5', '50', '250', '500', '2500', '5000']);
});

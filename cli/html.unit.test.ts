import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import { escapeHtml, htmlList, htmlPage, htmlSection, htmlTable } from './html.ts';

const HOSTILE = '<script>alert("x")</script> & more';

test('what comes from outside is text in every place of a page, and nothing is loaded', () => {
  const page = htmlPage({
    title: HOSTILE,
    subtitle: HOSTILE,
    state: 'bad',
    main: htmlSection(HOSTILE, htmlTable([HOSTILE], [[HOSTILE]]) + htmlList([HOSTILE])),
  });
  const { document } = parseHTML(page);
  assert.equal(document.querySelectorAll('script, link, img').length, 0);
  for (const place of ['title', 'h1', 'header p', 'h2', 'th', 'td', 'li']) {
    assert.equal(document.querySelector(place)!.textContent, HOSTILE, place);
  }
  assert.equal(document.querySelector('header')!.className, 'bad');
});

test('rows have the class that the page gives them', () => {
  const { document } = parseHTML(htmlTable(['a'], [['1'], ['2']], ([cell]) => (cell === '2' ? 'bad' : undefined)));
  assert.deepEqual(
    [...document.querySelectorAll('tbody tr')].map((row) => row.className),
    ['', 'bad'],
  );
});

test('text is safe in an attribute too', () => {
  assert.equal(escapeHtml('a "b" <c> & d'), 'a &quot;b&quot; &lt;c&gt; &amp; d');
});

// Runs in a world of its own beside the page's script: same document, own objects, so that nothing
// the page has replaced is used. Returns bounded plain data.
(function () {
  const GRACE = 1500, LONGEST = 2000, MOST_ROWS = 500, MOST_NODES = 60000, MOST_TEXT = 1 << 20;
  const clean = (text) => (text || '').slice(0, 4 * LONGEST).replace(/[\s\u00a0\u3000]+/g, ' ').trim().slice(0, LONGEST);

  const shown = (el) => {
    if (!el.getClientRects().length) return false;
    const style = getComputedStyle(el);
    return style.visibility !== 'hidden' && style.display !== 'none' && style.opacity !== '0';
  };

  // Text of an element as it is shown; asked once for each look, because it makes the page lay out.
  const reader = () => {
    const known = new Map();
    return (el) => {
      if (!known.has(el)) known.set(el, (el.innerText || '').slice(0, 20000));
      return known.get(el);
    };
  };

  const stands = (mark, text) => {
    let left = 50;
    for (const el of document.querySelectorAll(mark.selector)) {
      if (left-- === 0) return false;
      if (shown(el) && (!mark.words.length || mark.words.some((word) => text(el).includes(word)))) return true;
    }
    return false;
  };

  const standing = (marks) => {
    const text = reader();
    return marks.filter((mark) => stands(mark, text)).map((mark) => mark.name);
  };

  const box = (el) => {
    const r = el.getBoundingClientRect();
    return [r.left + scrollX, r.top + scrollY, r.width, r.height];
  };

  const take = (root, field) => {
    const el = field.selector ? root.querySelector(field.selector) : root;
    if (!el) return { text: '' };
    if (field.take === 'text') return { text: clean(el.innerText) };
    if (field.take.startsWith('attr:')) return { text: clean(el.getAttribute(field.take.slice(5))) };
    return shown(el) ? { box: box(el) } : { text: '' };
  };

  const read = (spec) => {
    const nodes = document.getElementsByTagName('*').length;
    if (nodes > MOST_NODES) return { large: `${nodes} elements` };
    const rows = spec.row ? Array.from(document.querySelectorAll(spec.row)) : [];
    if (rows.length > MOST_ROWS) return { large: `${rows.length} rows` };
    const found = {
      rows: rows.map((row) => spec.fields.map((field) => take(row, field))),
      facts: spec.facts.map((fact) => take(document.documentElement, fact)),
    };
    const length = JSON.stringify(found).length;
    return length > MOST_TEXT ? { large: `${length} characters` } : found;
  };

  const about = () => {
    const entry = performance.getEntriesByType('navigation')[0];
    const status = (entry && entry.responseStatus) || 0;
    return { status, title: clean(document.title).slice(0, 200), url: location.href.split('#')[0].slice(0, 2000), ready: document.readyState };
  };

  // Resolves once `ready()` gives something, or with nothing after a while.
  const until = (ready, ms) => new Promise((resolve) => {
    let pending = false, done = false;
    const end = (value) => {
      if (done) return;
      done = true;
      seen.disconnect();
      clearInterval(ticks);
      clearTimeout(late);
      resolve(value);
    };
    const look = () => {
      pending = false;
      const value = ready();
      if (value) end(value);
    };
    const soon = () => {
      if (!pending) { pending = true; setTimeout(look, 20); }
    };
    const seen = new MutationObserver(soon);
    const ticks = setInterval(look, 100);
    const late = setTimeout(() => end(null), ms);
    seen.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    look();
  });

  return {
    // Does one thing on the page. False: its element never came.
    act: async (spec) => {
      const el = await until(() => document.querySelector(spec.selector) || (standing(spec.marks).length ? 'mark' : null), spec.ms);
      if (!el || el === 'mark') return el === 'mark';
      if (spec.text === undefined) {
        el.click();
      } else {
        el.focus();
        el.value = spec.text;
        el.dispatchEvent(new Event('input', { bubbles: true }));
        el.dispatchEvent(new Event('change', { bubbles: true }));
      }
      return true;
    },
    // Waits for what is waited for, or a mark, and reads. `late`: neither came. A word in a footer
    // must not win over rows that are on their way.
    settle: async (spec) => {
      // Not before the document is whole: half of its rows are no track.
      const whole = () => document.readyState !== 'loading';
      const there = () => whole() && spec.wait_for && document.querySelector(spec.wait_for);
      const came = await until(() => there() || (whole() && standing(spec.marks).length), spec.ms);
      if (came && spec.wait_for && !there()) await until(there, Math.min(spec.ms, GRACE));
      return { ...about(), late: !came, marks: standing(spec.marks), ...read(spec) };
    },
    // The document as text. What is drawn on a canvas goes along as its background.
    html: (most) => {
      if (!document.documentElement) return '';
      const drawn = Array.from(document.querySelectorAll('canvas')).slice(0, 200);
      if (!drawn.length) return document.documentElement.outerHTML.slice(0, most);
      const copy = document.documentElement.cloneNode(true);
      copy.querySelectorAll('canvas').forEach((canvas, n) => {
        try {
          canvas.style.background = `url(${drawn[n].toDataURL()}) 0 0 / 100% 100%`;
        } catch { /* drawn from elsewhere: the browser does not give it */ }
      });
      return copy.outerHTML.slice(0, most);
    },
  };
})()

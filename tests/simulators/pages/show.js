'use strict';
const how = '{{how}}';

/** Calls back once the words are there; draws those that a selector names, if this is such a day. */
function shown(selector) {
  if (how !== 'text') {
    for (const place of document.querySelectorAll(selector)) {
      const words = place.textContent.trim();
      if (words !== '') place.replaceChildren(drawn(words));
    }
  }
  if (window.afterShown) window.afterShown();
}

/** Words as a picture: a canvas, or an image made of one. */
function drawn(words) {
  const ratio = window.devicePixelRatio || 1, font = '14px sans-serif', height = 24;
  const canvas = document.createElement('canvas'), pen = canvas.getContext('2d');
  pen.font = font;
  const width = Math.ceil(pen.measureText(words).width) + 8;
  canvas.width = Math.ceil(width * ratio);
  canvas.height = height * ratio;
  pen.scale(ratio, ratio);
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = '#222';
  pen.font = font;
  pen.textBaseline = 'middle';
  if (how === 'noisy') scrawl(pen, words, width, height);
  else pen.fillText(words, 4, height / 2);
  if (how === 'images') {
    const image = document.createElement('img');
    image.src = canvas.toDataURL('image/png');
    return sized(image, width, height);
  }
  return sized(canvas, width, height);
}

function sized(picture, width, height) {
  picture.style.width = width + 'px';
  picture.style.height = height + 'px';
  return picture;
}

/** The same words always look the same: the noise comes from them. */
function scrawl(pen, words, width, height) {
  let state = [...words].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 2147483647, 7);
  const dice = () => (state = (state * 48271) % 2147483647) / 2147483647;
  let x = 4;
  for (const letter of words) {
    pen.save();
    pen.translate(x, height / 2 + (dice() - 0.5) * 9);
    pen.rotate((dice() - 0.5) * 1.1);
    pen.fillText(letter, 0, 0);
    pen.restore();
    x += pen.measureText(letter).width * (0.75 + dice() * 0.3);
  }
  for (let i = 0; i < width / 9; i++) {
    pen.strokeStyle = `hsl(${dice() * 360} 60% 35%)`;
    pen.beginPath();
    pen.moveTo(dice() * width, dice() * height);
    pen.lineTo(dice() * width, dice() * height);
    pen.stroke();
  }
  for (let i = 0; i < width * 1.5; i++) {
    pen.fillStyle = `hsl(${dice() * 360} 60% 40%)`;
    pen.fillRect(dice() * width, dice() * height, 1.5, 1.5);
  }
}

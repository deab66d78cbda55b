// What a reader cannot read on the page as it is shown now. Called with the least contrast that is asked for.
(least) => {
  document.getAnimations().forEach((animation) => animation.finish());
  const faults = new Set();
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const parse = (text) => {
    if (!known.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(text, [red, green, blue, alpha / 255]);
    }
    return known.get(text);
  };
  const over = (front, back, opacity = 1) => {
    const alpha = front[3] * opacity;
    return [0, 1, 2].map((i) => front[i] * alpha + back[i] * (1 - alpha)).concat(1);
  };
  const brightness = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [brightness(one), brightness(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  // Of each element: what lies behind its text, how far it is see-through, and whether it scrolls in itself.
  const around = new Map();
  const look = (element) => {
    if (!element) return { back: [255, 255, 255, 1], opacity: 1, scrolls: false };
    if (!around.has(element)) {
      const outer = look(element.parentElement);
      const style = getComputedStyle(element);
      around.set(element, {
        back: over(parse(style.backgroundColor), outer.back),
        opacity: outer.opacity * Number(style.opacity),
        scrolls: outer.scrolls || ["auto", "scroll"].includes(style.overflowX),
      });
    }
    return around.get(element);
  };

  const looked = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.data.trim();
    if (!text || looked.has(element)) continue;
    looked.add(element);
    if (element.matches("script, style, noscript, title, .headerlink, .headerlink *")) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const { back, opacity, scrolls } = look(element);
    const style = getComputedStyle(element);
    const colour = element.closest("svg") ? style.fill : style.color;
    const found = contrast(over(parse(colour), back, opacity), back);
    const where = `${element.tagName.toLowerCase()}.${element.className.baseVal ?? element.className}: ${text.slice(0, 40)}`;
    if (opacity > 0 && found < least) faults.add(`contrast ${found.toFixed(1)}: ${where}`);
    if (!scrolls && element.closest("article") && element.getBoundingClientRect().right > innerWidth + 0.5)
      faults.add(`beyond the edge: ${where}`);
  }
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.add(`the page scrolls sideways: it is ${wide} px wide`);
  return [...faults];
}

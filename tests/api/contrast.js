// Returns the texts on the page whose contrast is below what WCAG asks of small text (4.5 to 1).
() => {
  const rgb = (text) => {
    const found = text.match(/[\d.]+/g).map(Number);
    return { channels: found.slice(0, 3), alpha: found.length > 3 ? found[3] : 1 };
  };
  const light = ({ channels }) => {
    const [r, g, b] = channels.map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let found = element; found; found = found.parentElement) {
      const colour = rgb(getComputedStyle(found).backgroundColor);
      if (colour.alpha === 1) return colour;
    }
    return { channels: [255, 255, 255] };
  };
  const dim = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.textContent.trim();
    const box = element.getBoundingClientRect();
    if (!text || !box.width || !box.height || element.closest("option, .mark, noscript, .skip")) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) dim.push(`${text.slice(0, 30)} (${element.className}): ${contrast.toFixed(2)}`);
  }
  return [...new Set(dim)];
}

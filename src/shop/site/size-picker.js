// <size-picker sizes="S M L">: radio buttons in an open shadow root.
customElements.define('size-picker', class extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: 'open' });
    const sizes = (this.getAttribute('sizes') || '').split(' ').filter(Boolean);
    root.innerHTML = '<style>' +
      'fieldset{border:0;padding:0;margin:0 0 .8rem;display:flex;gap:.5rem}legend{padding:0;margin-bottom:.2rem}' +
      'button{font:inherit;min-width:2.6rem;padding:.4rem;border:1px solid #b7c4be;border-radius:.4rem;background:#fff;cursor:pointer}' +
      'button[aria-pressed=true]{background:#2f6f5e;color:#fff}' +
      '</style><fieldset><legend>Size</legend></fieldset>';
    const group = root.querySelector('fieldset');
    for (const size of sizes) {
      const button = document.createElement('button');
      button.type = 'button';
      button.id = 'size-' + size;
      button.textContent = size;
      button.setAttribute('aria-label', 'Size ' + size);
      button.setAttribute('aria-pressed', 'false');
      button.addEventListener('click', () => this.choose(size));
      group.append(button);
    }
  }

  choose(size) {
    this.value = size;
    for (const button of this.shadowRoot.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button.textContent === size));
    }
  }
});

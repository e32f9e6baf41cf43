//! Finding elements: kinds of selectors, chains, alternatives, frames.

use crate::e2e::support::{Site, play};

#[tokio::test(flavor = "multi_thread")]
async fn selectors_of_every_kind_find_their_element() {
    let site = Site::of(&[(
        "shop.localhost/",
        r##"<button id=css onclick="note('css')">One</button>
        <button aria-label="Buy now" onclick="note('aria')">Two</button>
        <div><a href="#x" onclick="note('text')">Add <b>to</b> cart</a></div>
        <button class=x onclick="note('xpath')">Three</button>
        <my-shop></my-shop>
        <script>
          customElements.define('my-shop', class extends HTMLElement {
            connectedCallback() {
              const root = this.attachShadow({ mode: 'open' });
              root.innerHTML = '<my-inner></my-inner><button id=deep>Deep</button>';
              root.querySelector('#deep').onclick = () => note('chain');
              const inner = root.querySelector('my-inner').attachShadow({ mode: 'open' });
              inner.innerHTML = '<button id=deeper>Deeper</button>';
              inner.querySelector('#deeper').onclick = () => note('pierce');
            }
          });
        </script>"##,
    )])
    .await;
    let ran = play(
        &site,
        &[(
            "kinds",
            r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#css"
  - click: 'aria/Buy now[role="button"]'
  - click: text/Add to cart
  - click: xpath///button[@class='x']
  - click: pierce/#deeper
  - click: [[my-shop, "#deep"]]
  - click: [[my-shop, my-inner, "#deeper"]]
  - click: ["#nowhere", "aria/Nobody", "#css"]
"##,
        )],
    )
    .await;
    ran.done("kinds");
    assert_eq!(
        ran.said("kinds"),
        ["css", "aria", "text", "xpath", "pierce", "chain", "pierce", "css"]
    );
}

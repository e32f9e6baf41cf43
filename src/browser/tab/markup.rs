//! The markup of what the tab shows, as one page that can be looked at later:
//! every frame that can be reached and every open shadow tree, inert, without
//! what fields hold. Nothing in the page changes.

use std::time::Duration;

use serde_json::json;

use crate::browser::tab::BrowserTab;

/// Most characters of all frames together.
const MOST: usize = 2_000_000;

/// Most frames: a page of advertisements has dozens.
const MOST_FRAMES: usize = 50;

/// Nothing is fetched and nothing runs when the file is opened.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'";

/// Writes the document anew, node by node, so that what scripts have put into
/// it cannot break out of its place. What acts by itself (handlers, scripts,
/// redirects, addresses of frames and resources) gets another name.
const WRITE: &str = r#"function (most) {
    const bare = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr']);
    const acting = /^(on.*|http-equiv|srcdoc|ping|attributionsrc|nonce)$/i;
    const fetching = new Set(['iframe', 'frame', 'link', 'embed', 'object', 'portal', 'fencedframe']);
    const plain = /^(button|submit|reset|image|checkbox|radio|range|color|hidden|file)$/;
    // A field named `attributes` hides its form's own, in every world.
    const own = (type, name) => {
        const { get } = Object.getOwnPropertyDescriptor(type.prototype, name);
        return (node) => get.call(node);
    };
    const kindOf = own(Node, 'nodeType');
    const childrenOf = own(Node, 'childNodes');
    const attributesOf = own(Element, 'attributes');
    const tagOf = own(Element, 'localName');
    const shadowOf = own(Element, 'shadowRoot');
    const parts = [];
    let left = most;
    const put = (text) => {
        left -= text.length;
        if (left < 0) throw new RangeError('enough');
        parts.push(text);
    };
    const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
    const attributes = (element, tag) => {
        const all = new Map();
        for (const { name, value } of attributesOf(element)) {
            if (!/^[^\s"'<>\/=\0]+$/.test(name)) continue;
            const renamed = acting.test(name) || (fetching.has(tag) && /^(src|href|data)$/.test(name)) || (tag === 'script' && name === 'type');
            all.set(renamed ? `data-was-${name}` : name, value);
        }
        if (tag === 'script') all.set('type', 'text/plain');
        if (tag === 'input') {
            const { type, value, checked } = element;
            if (plain.test(type)) {
                if (type === 'checkbox' || type === 'radio') checked ? all.set('checked', '') : all.delete('checked');
            } else if (value) all.set('value', '***');
            else all.delete('value');
        }
        if (tag === 'option') element.selected ? all.set('selected', '') : all.delete('selected');
        return [...all].map(([name, value]) => ` ${name}="${escape(value)}"`).join('');
    };
    const write = (node) => {
        if (kindOf(node) === Node.TEXT_NODE) return put(escape(node.data));
        if (kindOf(node) !== Node.ELEMENT_NODE) return;
        const tag = tagOf(node);
        if (!/^[a-z][^\s<>\/\0]*$/i.test(tag)) return childrenOf(node).forEach(write);
        put(`<${tag}${attributes(node, tag)}>`);
        if (bare.has(tag)) return;
        const shadow = shadowOf(node);
        if (shadow) {
            put('<template shadowrootmode="open">');
            for (const sheet of shadow.adoptedStyleSheets) rules(sheet);
            shadow.childNodes.forEach(write);
            put('</template>');
        }
        if (tag === 'script' || tag === 'style') put(node.textContent.replace(/<(?=[\/!a-z])/gi, '<\\'));
        else if (tag === 'textarea') put(node.value ? '***' : '');
        else if (tag === 'template') node.content?.childNodes.forEach(write);
        else if (!/^(iframe|noembed|noframes|xmp|plaintext)$/.test(tag)) childrenOf(node).forEach(write);
        put(`</${tag}>`);
    };
    const rules = (sheet) => {
        try {
            put(`<style>${[...sheet.cssRules].map((rule) => rule.cssText).join('\n').replace(/<(?=[\/!a-z])/gi, '<\\')}</style>`);
        } catch (error) {
            if (error instanceof RangeError) throw error;
        }
    };
    let whole = true;
    try {
        const root = own(Document, 'documentElement')(document);
        if (root) write(root);
        for (const sheet of own(Document, 'adoptedStyleSheets')(document)) rules(sheet);
    } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        whole = false;
    }
    return [own(Document, 'URL')(document), parts.join(''), whole];
}"#;

impl BrowserTab {
    /// The page as HTML; `None` where no frame answers in time.
    pub async fn markup(&self, limit: Duration) -> Option<String> {
        let end = tokio::time::Instant::now() + limit;
        let mut left = MOST;
        let mut frames = Vec::new();
        for frame in self.all_frames().into_iter().take(MOST_FRAMES) {
            let limit = end.saturating_duration_since(tokio::time::Instant::now());
            let answer = self.in_frame_within(&frame, WRITE, vec![json!(left)], limit).await;
            // A frame that is gone, or hangs, takes nothing from the others.
            let Ok(answer) = answer else { continue };
            let url = answer[0].as_str().unwrap_or_default().to_owned();
            let text = answer[1].as_str().unwrap_or_default().to_owned();
            left = left.saturating_sub(text.encode_utf16().count());
            frames.push((url, text, answer[2].as_bool() == Some(true)));
        }
        (!frames.is_empty()).then(|| page(&frames))
    }
}

/// The main frame as it is, and the others below it, each closed in.
fn page(frames: &[(String, String, bool)]) -> String {
    let head = |url: &str| {
        format!(
            "<!doctype html>\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<meta charset=\"utf-8\">\n<!-- {} -->\n",
            escape(url).replace("--", "&#45;&#45;")
        )
    };
    let mut text = String::new();
    for (number, (url, markup, whole)) in frames.iter().enumerate() {
        let cut = if *whole { "" } else { "\n<p>… the rest is left out</p>" };
        if number == 0 {
            text = format!("{}{markup}{cut}\n", head(url));
            continue;
        }
        let inner = escape(&format!("{}{markup}{cut}", head(url)));
        text.push_str(&format!(
            "<details><summary>frame {}</summary><iframe sandbox width=\"100%\" height=\"400\" srcdoc=\"{inner}\"></iframe></details>\n",
            escape(url)
        ));
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_closed_in_and_addresses_end_nothing() {
        let frames = [
            ("https://shop.test/?a=--><script>".to_owned(), "<html></html>".to_owned(), true),
            ("https://frame.test/\"".to_owned(), "<p title=\"&quot;\">x</p>".to_owned(), false),
        ];
        let text = page(&frames);
        assert_eq!(text.matches("-->").count(), 1);
        assert!(!text.contains("<script"));
        assert!(text.contains("<summary>frame https://frame.test/&quot;</summary>"));
        assert!(text.contains("&lt;p title=&quot;&amp;quot;&quot;&gt;x&lt;/p&gt;"));
    }
}

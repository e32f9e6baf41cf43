//! Pictures of what the tab shows, with secrets covered.
//!
//! Text that holds a secret is drawn as discs while the picture is taken. A
//! style sheet of our own world does it: no attribute changes and no node, so
//! that what watches the page sees nothing happen.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::browser::tab::BrowserTab;

/// How a picture is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// Exact, for one picture that matters.
    Png,
    /// Small, for one of every step.
    Webp,
}

impl PictureFormat {
    /// The ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

/// Covers fields and texts that hold one of the secrets. An element is named
/// by its place among its siblings, since it may have no name of its own.
const COVER: &str = r"function (secrets) {
    const holds = (text) => typeof text === 'string' && secrets.some((secret) => text.includes(secret));
    const path = (element) => {
        let place = '';
        for (let at = element; at; at = at.parentElement) {
            if (!at.parentElement && !(at.parentNode instanceof ShadowRoot)) return ':root' + place;
            const index = [...at.parentNode.children].indexOf(at) + 1;
            place = ` > :nth-child(${index})` + place;
        }
        return ':host' + place;
    };
    const covered = [];
    const look = (root) => {
        const found = [];
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (node.nodeType === Node.TEXT_NODE) {
                if (node.parentElement && holds(node.data)) found.push(node.parentElement);
            } else {
                if (holds(node.value) || holds(node.placeholder)) found.push(node);
                if (node.shadowRoot) look(node.shadowRoot);
            }
        }
        if (!found.length) return;
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`${found.map(path).join(',')} { -webkit-text-security: disc !important; }`);
        root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
        covered.push([root, sheet]);
    };
    look(document);
    globalThis.__covered = covered;
    return covered.length;
}";

const UNCOVER: &str = r"function () {
    for (const [root, sheet] of globalThis.__covered ?? []) {
        root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet);
    }
    globalThis.__covered = [];
}";

impl BrowserTab {
    /// A picture of what the tab shows. Where a secret could not be covered,
    /// there is none.
    pub async fn screenshot(
        &self,
        format: PictureFormat,
        secrets: &[String],
        limit: Duration,
    ) -> Option<Vec<u8>> {
        let frames = if secrets.is_empty() { Vec::new() } else { self.all_frames() };
        let mut hidden = true;
        for frame in &frames {
            hidden &= self.in_frame_within(frame, COVER, vec![json!(secrets)], limit).await.is_ok();
        }
        let picture = if hidden { self.capture(format, limit).await } else { None };
        for frame in &frames {
            // A frame that is gone needs it no more.
            let _ = self.in_frame_within(frame, UNCOVER, Vec::new(), limit).await;
        }
        picture
    }

    async fn capture(&self, format: PictureFormat, limit: Duration) -> Option<Vec<u8>> {
        let session = self.session();
        let how = match format {
            PictureFormat::Png => json!({"format": "png", "optimizeForSpeed": true}),
            PictureFormat::Webp => json!({"format": "webp", "quality": 70}),
        };
        let answer: Value = self
            .client
            .call_within(Some(&session), "Page.captureScreenshot", how, limit)
            .await
            .ok()?;
        STANDARD.decode(answer["data"].as_str()?).ok()
    }
}

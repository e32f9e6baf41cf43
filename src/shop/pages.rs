//! The shop's pages, put together from the templates in `site/`. A theme's
//! switch that changes markup or headers is read here; those that change what
//! is sent are handed to the scripts in the page data.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::shop::answer::Order;
use crate::shop::catalog::{CURRENCY, Cart, PRODUCTS, Product, SIZES, money};
use crate::shop::hosts::{Hosts, Site};
use crate::shop::template::{Values, escape, fill, script_json};
use crate::shop::theme::Theme;

const META_PIXEL: &str = "1234500000000001";
/// Of another shop: theme `wrong-pixel-id`.
const META_PIXEL_WRONG: &str = "1234500000000099";
const GA4: &str = "G-DEMO00001";
const GOOGLE_ADS: &str = "AW-1234567890";
const GOOGLE_ADS_LABEL: &str = "DemoLabel-pAy_42";
const TIKTOK: &str = "CDEMO0PIXEL0PROOF001";

/// How a request sees the shop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub theme: Theme,
    pub hosts: Hosts,
}

/// What one page brings to the layout.
struct Page {
    /// What the scripts switch on: `product`, `thank-you`, …
    kind: &'static str,
    title: String,
    main: String,
    data: Value,
    /// Script elements of this page only.
    scripts: &'static str,
}

pub(crate) fn home(view: View) -> String {
    let values =
        [("cards", cards(PRODUCTS.iter().take(3))), ("news", view.hosts.origin(Site::News))];
    shop_page(view, Page::new("home", "Fieldnote", include_str!("site/home.html"), &values))
}

pub(crate) fn products(view: View) -> String {
    let values = [("cards", cards(PRODUCTS.iter()))];
    let mut page =
        Page::new("products", "All products", include_str!("site/products.html"), &values);
    page.data = json!({ "products": PRODUCTS.iter().map(Product::to_json).collect::<Vec<_>>() });
    shop_page(view, page)
}

pub(crate) fn product(view: View, product: &Product) -> String {
    let values = [
        ("id", product.id.to_owned()),
        ("name", product.name.to_owned()),
        ("category", product.category.to_owned()),
        ("blurb", product.blurb.to_owned()),
        ("price", money(product.cents)),
        ("picture", picture(product)),
        ("sizes", SIZES.join(" ")),
    ];
    let mut page = Page::new("product", product.name, include_str!("site/product.html"), &values);
    page.data = json!({ "product": product.to_json(), "currency": CURRENCY });
    page.scripts = "<script src=\"/assets/size-picker.js\" defer></script>";
    shop_page(view, page)
}

pub(crate) fn cart(view: View, cart: &Cart) -> String {
    let template = if cart.lines.is_empty() {
        include_str!("site/cart-empty.html")
    } else {
        include_str!("site/cart.html")
    };
    let values = [("rows", rows(cart)), ("total", money(cart.cents()))];
    let mut page = Page::new("cart", "Your cart", template, &values);
    page.data = json!({ "cart": cart.to_json() });
    shop_page(view, page)
}

/// `problem` is shown above the form.
pub(crate) fn checkout(view: View, cart: &Cart, problem: Option<&str>) -> String {
    let cover = match view.theme {
        Theme::CheckoutButtonCovered => include_str!("site/cover.html"),
        _ => "",
    };
    let values = [
        ("rows", rows(cart)),
        ("total", money(cart.cents())),
        ("problem", alert(problem)),
        ("cover", cover.to_owned()),
    ];
    let mut page = Page::new("checkout", "Checkout", include_str!("site/checkout.html"), &values);
    // A form that came back was already counted as begun.
    page.data = json!({ "cart": cart.to_json(), "again": problem.is_some() });
    shop_page(view, page)
}

pub(crate) fn thank_you(view: View, order: &Order) -> String {
    let values = [
        ("id", order.id.clone()),
        ("email", order.email.clone()),
        ("rows", rows(&order.cart)),
        ("total", money(order.cart.cents())),
    ];
    let template = include_str!("site/thank-you.html");
    let mut page = Page::new("thank-you", "Thank you", template, &values);
    page.data = json!({ "order": { "id": order.id, "cart": order.cart.to_json() } });
    shop_page(view, page)
}

pub(crate) fn lead(view: View) -> String {
    let template = match view.theme {
        Theme::FormGone => include_str!("site/lead-rebuilt.html"),
        _ => include_str!("site/lead.html"),
    };
    shop_page(view, Page::new("lead", "Brochure", template, &[]))
}

pub(crate) fn contact(view: View) -> String {
    shop_page(view, Page::new("contact", "Contact", include_str!("site/contact.html"), &[]))
}

pub(crate) fn search(view: View, words: &str) -> String {
    let words: String = words.trim().chars().take(100).collect();
    let lower = words.to_lowercase();
    let found: Vec<_> = PRODUCTS
        .iter()
        .filter(|product| {
            !lower.is_empty()
                && [product.name, product.category, product.blurb]
                    .iter()
                    .any(|text| text.to_lowercase().contains(&lower))
        })
        .collect();
    let values = [
        ("words", words.clone()),
        ("count", found.len().to_string()),
        ("cards", cards(found.iter().copied())),
    ];
    let mut page = Page::new("search", "Search", include_str!("site/search.html"), &values);
    let ids: Vec<_> = found.iter().map(|product| product.id).collect();
    page.data = json!({ "words": words, "found": ids });
    shop_page(view, page)
}

pub(crate) fn lab(view: View) -> String {
    let mut page = Page::new("lab", "Transport lab", include_str!("site/lab.html"), &[]);
    page.scripts = "<script src=\"/assets/lab.js\" defer></script>";
    shop_page(view, page)
}

pub(crate) fn not_found(view: View) -> String {
    shop_page(view, Page::new("not-found", "Not found", include_str!("site/not-found.html"), &[]))
}

/// The popup: the shop's tags, none of its navigation.
pub(crate) fn size_guide(view: View) -> String {
    let page = Page::new("size-guide", "Size guide", include_str!("site/size-guide.html"), &[]);
    page.render(view, include_str!("site/layout-popup.html"))
}

/// The payment provider's page, which has no tags.
pub(crate) fn pay(order: &Order, problem: Option<&str>) -> String {
    let values = [
        ("id", order.id.clone()),
        ("total", money(order.cart.cents())),
        ("problem", alert(problem)),
    ];
    fill(include_str!("site/pay.html"), &values)
}

/// The newsletter provider's frame.
pub(crate) fn newsletter(view: View, consent: bool) -> String {
    let mut page = Page::new("newsletter", "Newsletter", include_str!("site/newsletter.html"), &[]);
    page.data = json!({ "consent": consent });
    page.scripts = "<script src=\"/assets/newsletter.js\" defer></script>";
    page.render(view, include_str!("site/layout-frame.html"))
}

/// The theme's own script. In theme `theme-error` it looks for an element that
/// the page does not have.
pub(crate) fn theme_script(view: View) -> &'static str {
    match view.theme {
        Theme::ThemeError => include_str!("site/theme-error.js"),
        _ => include_str!("site/theme.js"),
    }
}

/// A stand-in library with the switches that it reads as `demo`.
pub(crate) fn library(view: View, text: &str) -> Vec<u8> {
    let switches = json!(view.theme.switches());
    text.replacen("/*switches*/ {}", &switches.to_string(), 1).into_bytes()
}

pub(crate) fn content_security_policy(view: View) -> Option<String> {
    let tags = view.hosts.origin(Site::Tags);
    match view.theme {
        Theme::CspBlocksLibrary => Some(format!(
            "script-src 'self' 'unsafe-inline' {tags}/gtag/ {tags}/i18n/; worker-src 'self'"
        )),
        Theme::CspBlocksPixel => Some(
            "img-src 'self' data: https://www.googleadservices.com; \
             connect-src 'self' https://region1.google-analytics.com https://analytics.tiktok.com"
                .to_owned(),
        ),
        _ => None,
    }
}

fn shop_page(view: View, page: Page) -> String {
    let layout = match view.theme {
        Theme::GoodReordered => include_str!("site/layout-reordered.html"),
        _ => include_str!("site/layout.html"),
    };
    page.render(view, layout)
}

fn cards<'a>(products: impl Iterator<Item = &'a Product>) -> String {
    products
        .map(|product| {
            let values = [
                ("id", product.id.to_owned()),
                ("name", product.name.to_owned()),
                ("price", money(product.cents)),
                ("picture", picture(product)),
            ];
            fill(include_str!("site/card.html"), &values)
        })
        .collect()
}

fn rows(cart: &Cart) -> String {
    cart.lines.iter().fold(String::new(), |mut html, line| {
        // Writing to a String cannot fail.
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>€{}</td></tr>",
            escape(line.product.name),
            line.size,
            line.quantity,
            money(line.quantity * line.product.cents),
        );
        html
    })
}

fn alert(problem: Option<&str>) -> String {
    let text = problem.map(escape).unwrap_or_default();
    format!("<p class=\"alert\" role=\"alert\">{text}</p>")
}

fn picture(product: &Product) -> String {
    let (dark, light) = product.colours;
    fill(
        include_str!("site/picture.svg"),
        &[
            ("dark", dark.to_owned()),
            ("light", light.to_owned()),
            ("shape", product.shape.to_owned()),
        ],
    )
}

impl Page {
    fn new(kind: &'static str, title: &str, template: &str, values: &Values<'_>) -> Self {
        let main = fill(template, values);
        Self { kind, title: title.to_owned(), main, data: Value::Null, scripts: "" }
    }

    fn render(self, view: View, layout: &str) -> String {
        let meta = match view.theme {
            Theme::WrongPixelId => META_PIXEL_WRONG,
            _ => META_PIXEL,
        };
        let page_data = json!({
            "page": self.kind,
            "theme": view.theme.switches(),
            "ids": {
                "meta": meta,
                "ga4": GA4,
                "ads": GOOGLE_ADS,
                "adsLabel": GOOGLE_ADS_LABEL,
                "tiktok": TIKTOK,
            },
            "origins": {
                "shop": view.hosts.origin(Site::Shop),
                "news": view.hosts.origin(Site::News),
                "tags": view.hosts.origin(Site::Tags),
            },
            "data": self.data,
        });
        let values = [
            ("title", self.title),
            ("main", self.main),
            ("scripts", self.scripts.to_owned()),
            ("pageData", script_json(&page_data)),
            ("snippets", include_str!("site/snippets.js").to_owned()),
        ];
        fill(layout, &values)
    }
}

//! One request in, one answer out: routing, validation, orders. No sockets and
//! no clock, so the whole shop can be asked without a server.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::shop::ShopRequest;
use crate::shop::assets::{JAVASCRIPT, asset, library};
use crate::shop::catalog::{Cart, Line, product, size};
use crate::shop::hosts::{Hosts, Site, read_host};
use crate::shop::pages::{self, View};
use crate::shop::theme::Theme;

/// The oldest orders are forgotten beyond this.
const ORDER_LIMIT: usize = 2_000;
/// Longer text than this in a form is not a person's.
const FIELD_LIMIT: usize = 500;

#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub delay: Duration,
}

/// What the shop remembers between requests.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    orders: Mutex<VecDeque<Order>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// `PP-` and eight digits: random, so that no two runs share one.
    pub id: String,
    pub cart: Cart,
    pub email: String,
    pub paid: bool,
}

/// A request as the routes read it.
struct Asked<'a> {
    memory: &'a Memory,
    view: View,
    site: Site,
    path: &'a str,
    query: Vec<(String, String)>,
    cart: Cart,
    request: &'a ShopRequest,
}

/// Never fails: what is not understood is answered with 4xx.
pub(crate) fn answer(memory: &Memory, theme: Theme, port: u16, request: &ShopRequest) -> Answer {
    let rest = request.url.strip_prefix("http://").unwrap_or(&request.url);
    let (host, path_and_query) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, "/"),
    };
    let Some((site, chosen)) = read_host(host) else {
        return unknown_host(host, port);
    };
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let view = View { theme: chosen.unwrap_or(theme), hosts: Hosts { port, chosen } };
    let asked = Asked {
        memory,
        view,
        site,
        path,
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        cart: Cart::read(&cookie(request, "cart").unwrap_or_default()),
        request,
    };
    let mut answer = match request.method.as_str() {
        "GET" | "HEAD" => get(&asked),
        "POST" => post(&asked),
        _ => Answer::text(405, "only GET, HEAD and POST").with("allow", "GET, HEAD, POST"),
    };
    if view.theme == Theme::GoodSlow {
        answer.delay = Duration::from_millis(match site {
            Site::Tags => 350,
            _ if path.starts_with("/assets/") => 40,
            _ => 150,
        });
    }
    answer
}

fn get(asked: &Asked<'_>) -> Answer {
    if let Some((content_type, text)) = asset(asked.path) {
        return Answer::new(200, content_type, text.into());
    }
    let view = asked.view;
    match (asked.site, asked.path) {
        (Site::Tags, path) => match library(path) {
            Some(text) => Answer::new(200, JAVASCRIPT, pages::library(view, text)),
            None => Answer::text(404, "no such library"),
        },
        (Site::Shop, "/assets/theme.js") => {
            Answer::new(200, JAVASCRIPT, pages::theme_script(view).into())
        }
        (Site::Shop, "/") => asked.page(200, pages::home(view)),
        (Site::Shop, "/products") => asked.page(200, pages::products(view)),
        (Site::Shop, "/cart") => asked.page(200, pages::cart(view, &asked.cart)),
        (Site::Shop, "/checkout") if asked.cart.lines.is_empty() => Answer::redirect("/cart"),
        (Site::Shop, "/checkout") => asked.page(200, pages::checkout(view, &asked.cart, None)),
        (Site::Shop, "/thank-you") => thank_you(asked),
        (Site::Shop, "/lead") => asked.page(200, pages::lead(view)),
        (Site::Shop, "/contact") => asked.page(200, pages::contact(view)),
        (Site::Shop, "/search") => asked.page(200, pages::search(view, asked.query("q"))),
        (Site::Shop, "/size-guide") => asked.page(200, pages::size_guide(view)),
        (Site::Shop, "/lab") => asked.page(200, pages::lab(view)),
        (Site::Shop, path) => match path.strip_prefix("/products/").and_then(product) {
            Some(product) => asked.page(200, pages::product(view, product)),
            None => asked.page(404, pages::not_found(view)),
        },
        (Site::Pay, "/pay") => match asked.order() {
            Some(order) => asked.page(200, pages::pay(&order, None)),
            None => Answer::text(404, "no such order"),
        },
        (Site::News, "/frame") => {
            let consent = asked.query("consent") == "granted";
            asked.page(200, pages::newsletter(view, consent))
        }
        (Site::Pay | Site::News, "/") => Answer::redirect(&view.hosts.origin(Site::Shop)),
        (Site::Pay | Site::News, _) => Answer::text(404, "no such page"),
    }
}

fn post(asked: &Asked<'_>) -> Answer {
    match (asked.site, asked.path) {
        (Site::Shop, "/api/cart") => add_to_cart(asked),
        (Site::Shop, "/api/lead") => form_answer(&asked.json(), &["name", "email"]),
        (Site::News, "/api/subscribe") => form_answer(&asked.json(), &["email"]),
        (Site::Shop, "/api/contact") => contact(asked),
        (Site::Shop, "/checkout") => place_order(asked),
        (Site::Pay, "/pay") => pay(asked),
        _ => Answer::text(404, "no such form"),
    }
}

fn add_to_cart(asked: &Asked<'_>) -> Answer {
    let wish = asked.json();
    let text = |name: &str| wish[name].as_str().unwrap_or_default();
    let (Some(product), Some(size)) = (product(text("product")), size(text("size"))) else {
        return Answer::json(422, &json!({ "errors": { "product": "we do not sell that" } }));
    };
    let quantity = wish["quantity"].as_u64().filter(|quantity| (1..=9).contains(quantity));
    let Some(quantity) = quantity.and_then(|quantity| u32::try_from(quantity).ok()) else {
        return Answer::json(422, &json!({ "errors": { "quantity": "between 1 and 9, please" } }));
    };
    let mut cart = asked.cart.clone();
    cart.add(Line { product, size, quantity });
    let cookie = format!("cart={}; Path=/; SameSite=Lax", cart.write());
    Answer::json(200, &cart.to_json()).with("set-cookie", cookie)
}

/// 200 when every named field is filled in and the e-mail could be one, 422
/// with a message per field otherwise.
fn form_answer(form: &Value, fields: &[&str]) -> Answer {
    let mut errors = serde_json::Map::new();
    for field in fields {
        let text = form[*field].as_str().unwrap_or_default().trim();
        if text.is_empty() || text.len() > FIELD_LIMIT {
            errors.insert((*field).to_owned(), "Please fill in this field.".into());
        } else if *field == "email"
            && let Some(problem) = email_problem(text)
        {
            errors.insert("email".to_owned(), problem.into());
        }
    }
    if errors.is_empty() {
        Answer::json(200, &json!({ "ok": true }))
    } else {
        Answer::json(422, &json!({ "errors": errors }))
    }
}

/// The browser checks the shape; this also refuses a host that cannot receive
/// mail, which only a server can know.
fn email_problem(email: &str) -> Option<&'static str> {
    match email.split_once('@') {
        Some((name, host)) if !name.is_empty() && host.contains('.') => {
            let host = host.to_ascii_lowercase();
            (host == "invalid.example" || host.ends_with(".invalid"))
                .then_some("We cannot deliver mail to this address.")
        }
        _ => Some("Please enter an e-mail address."),
    }
}

fn contact(asked: &Asked<'_>) -> Answer {
    let content_type = asked.header("content-type").unwrap_or_default();
    if !content_type.starts_with("multipart/form-data") {
        return Answer::json(415, &json!({ "errors": { "form": "expected a form with a file" } }));
    }
    Answer::json(200, &json!({ "ok": true, "bytes": asked.request.body.len() }))
}

fn place_order(asked: &Asked<'_>) -> Answer {
    if asked.cart.lines.is_empty() {
        return Answer::redirect("/cart");
    }
    let form = asked.form();
    let field = |name: &str| {
        form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim()).to_owned()
    };
    let missing = ["name", "email", "street", "city", "postcode", "country"]
        .into_iter()
        .find(|name| field(name).is_empty() || field(name).len() > FIELD_LIMIT);
    let email = field("email");
    let problem = match missing {
        Some(name) => Some(format!("Please fill in: {name}.")),
        None => email_problem(&email).map(str::to_owned),
    };
    if let Some(problem) = problem {
        let page = pages::checkout(asked.view, &asked.cart, Some(&problem));
        return asked.page(422, page);
    }
    let id = asked.memory.place(asked.cart.clone(), email);
    let pay = asked.view.hosts.origin(Site::Pay);
    Answer::redirect(&format!("{pay}/pay?order={id}"))
}

fn pay(asked: &Asked<'_>) -> Answer {
    let Some(order) = asked.order() else {
        return Answer::text(404, "no such order");
    };
    let form = asked.form();
    let card = form.iter().find(|(key, _)| key == "card").map_or("", |(_, value)| value.as_str());
    let digits = card.bytes().filter(u8::is_ascii_digit).count();
    if digits != 16 {
        let page = pages::pay(&order, Some("The card number has 16 digits."));
        return asked.page(422, page);
    }
    asked.memory.mark_paid(&order.id);
    let shop = asked.view.hosts.origin(Site::Shop);
    Answer::redirect(&format!("{shop}/thank-you?order={}", order.id))
}

fn thank_you(asked: &Asked<'_>) -> Answer {
    match asked.order() {
        Some(order) if order.paid => asked
            .page(200, pages::thank_you(asked.view, &order))
            .with("set-cookie", "cart=; Path=/; Max-Age=0; SameSite=Lax"),
        Some(order) => {
            let pay = asked.view.hosts.origin(Site::Pay);
            Answer::redirect(&format!("{pay}/pay?order={}", order.id))
        }
        None => asked.page(404, pages::not_found(asked.view)),
    }
}

/// Somebody who opens the bare address is sent to the shop; every other
/// foreign name is told what is served here.
fn unknown_host(host: &str, port: u16) -> Answer {
    let shop = Hosts { port, chosen: None }.origin(Site::Shop);
    let bare = host.strip_suffix(&format!(":{port}")).unwrap_or(host);
    if ["localhost", "127.0.0.1", "[::1]"].contains(&bare) {
        return Answer::redirect(&shop);
    }
    Answer::text(421, &format!("this server answers for {shop} and its theme hosts only"))
}

fn cookie(request: &ShopRequest, wanted: &str) -> Option<String> {
    request
        .headers
        .iter()
        .filter(|(name, _)| name == "cookie")
        .flat_map(|(_, value)| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_owned())
}

impl Asked<'_> {
    fn page(&self, status: u16, html: String) -> Answer {
        let answer = Answer::new(status, "text/html; charset=utf-8", html.into());
        // The other hosts belong to other companies, with policies of their own.
        match pages::content_security_policy(self.view).filter(|_| self.site == Site::Shop) {
            Some(policy) => answer.with("content-security-policy", policy),
            None => answer,
        }
    }

    fn query(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `Null` for a body that is no JSON.
    fn json(&self) -> Value {
        serde_json::from_slice(&self.request.body).unwrap_or_default()
    }

    fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.request.body).into_owned().collect()
    }

    /// The order that the address names.
    fn order(&self) -> Option<Order> {
        let id = self.query("order");
        self.memory.orders().iter().rev().find(|order| order.id == id).cloned()
    }
}

impl Memory {
    fn orders(&self) -> MutexGuard<'_, VecDeque<Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, cart: Cart, email: String) -> String {
        let mut orders = self.orders();
        let id = loop {
            let id = format!("PP-{:08}", fastrand::u32(10_000_000..100_000_000));
            if orders.iter().all(|order| order.id != id) {
                break id;
            }
        };
        if orders.len() == ORDER_LIMIT {
            orders.pop_front();
        }
        orders.push_back(Order { id: id.clone(), cart, email, paid: false });
        id
    }

    fn mark_paid(&self, id: &str) {
        if let Some(order) = self.orders().iter_mut().find(|order| order.id == id) {
            order.paid = true;
        }
    }
}

impl Answer {
    pub fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body, delay: Duration::ZERO }
    }

    pub fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", text.into())
    }

    fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json", value.to_string().into())
    }

    /// 303: the browser goes on with GET.
    fn redirect(location: &str) -> Self {
        Self::text(303, "").with("location", location)
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

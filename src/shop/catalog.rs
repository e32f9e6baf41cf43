//! What the demo shop sells, and the arithmetic of its carts. Money is whole
//! cents; a cart is a cookie, so nothing here is kept.

use serde_json::{Value, json};

pub(crate) const CURRENCY: &str = "EUR";

/// More than this of one line is not a cart but an attack.
const MOST: u32 = 99;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Product {
    pub id: &'static str,
    pub name: &'static str,
    pub category: &'static str,
    pub cents: u32,
    pub blurb: &'static str,
    /// Two colours of its drawing.
    pub colours: (&'static str, &'static str),
    /// Its outline in a box of 120 by 80, as an SVG path.
    pub shape: &'static str,
}

const JACKET: &str = "M38 22l14-6q8 7 16 0l14 6 10 34-8 3-9-24v31H45V35l-9 24-8-3z";
const SHIRT: &str = "M38 22l14-6q8 7 16 0l14 6 8 16-10 5-4-7v30H44V36l-4 7-10-5z";
const SOCKS: &str =
    "M40 14h13v28q0 5 9 12-4 10-13 6-13-6-9-18zM66 14h13v28q0 5 9 12-4 10-13 6-13-6-9-18z";
const BAG: &str = "M40 32h9q0-18 11-18t11 18h9l5 36H35zM53 32h14q0-13-7-13t-7 13z";

pub(crate) const PRODUCTS: &[Product] = &[
    Product {
        id: "trail-jacket",
        name: "Trail jacket",
        category: "Outdoor",
        cents: 4999,
        blurb: "Light, windproof and small enough for a coat pocket.",
        colours: ("#2f6f5e", "#bfe3d6"),
        shape: JACKET,
    },
    Product {
        id: "linen-shirt",
        name: "Linen shirt & scarf",
        category: "Summer",
        cents: 3450,
        blurb: "Washed linen with a scarf cut from the same cloth.",
        colours: ("#b4632f", "#f3dcc8"),
        shape: SHIRT,
    },
    Product {
        id: "wool-socks",
        name: "Wool socks",
        category: "Basics",
        cents: 1290,
        blurb: "Two pairs that stay up, even on Sundays.",
        colours: ("#3d4f8f", "#d5dbf2"),
        shape: SOCKS,
    },
    Product {
        id: "canvas-bag",
        name: "Canvas bag",
        category: "Basics",
        cents: 2200,
        blurb: "Carries a laptop, a lunch and an umbrella.",
        colours: ("#7a3b69", "#ecd5e6"),
        shape: BAG,
    },
];

pub(crate) const SIZES: &[&str] = &["S", "M", "L"];

/// One line of a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub product: &'static Product,
    pub size: &'static str,
    pub quantity: u32,
}

/// Lines in the order in which they were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cart {
    pub lines: Vec<Line>,
}

pub(crate) fn product(id: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.id == id)
}

pub(crate) fn size(text: &str) -> Option<&'static str> {
    SIZES.iter().find(|size| **size == text).copied()
}

/// `4999` → `49.99`.
pub(crate) fn money(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

impl Cart {
    /// Reads the cookie `trail-jacket.M.1~wool-socks.L.2`; what is not
    /// understood is left out, because a cookie can hold anything.
    pub fn read(cookie: &str) -> Self {
        let mut cart = Self::default();
        for part in cookie.split('~').take(PRODUCTS.len() * SIZES.len()) {
            let mut fields = part.split('.');
            let (Some(id), Some(chosen), Some(quantity)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            if let (Some(product), Some(size), Ok(quantity)) =
                (product(id), size(chosen), quantity.parse())
            {
                cart.add(Line { product, size, quantity });
            }
        }
        cart
    }

    pub fn write(&self) -> String {
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|line| format!("{}.{}.{}", line.product.id, line.size, line.quantity))
            .collect();
        lines.join("~")
    }

    /// Adds to the line of the same product and size, up to 99.
    pub fn add(&mut self, new: Line) {
        let quantity = new.quantity.min(MOST);
        if quantity == 0 {
            return;
        }
        let same = |line: &&mut Line| line.product == new.product && line.size == new.size;
        match self.lines.iter_mut().find(same) {
            Some(line) => line.quantity = (line.quantity + quantity).min(MOST),
            None => self.lines.push(Line { quantity, ..new }),
        }
    }

    pub fn count(&self) -> u32 {
        self.lines.iter().map(|line| line.quantity).sum()
    }

    pub fn cents(&self) -> u32 {
        self.lines.iter().map(|line| line.quantity * line.product.cents).sum()
    }

    /// As the page's scripts read it.
    pub fn to_json(&self) -> Value {
        json!({
            "currency": CURRENCY,
            "value": f64::from(self.cents()) / 100.0,
            "count": self.count(),
            "lines": self.lines.iter().map(|line| line.to_json()).collect::<Vec<_>>(),
        })
    }
}

impl Product {
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "category": self.category,
            "price": f64::from(self.cents) / 100.0,
        })
    }
}

impl Line {
    fn to_json(self) -> Value {
        let mut value = self.product.to_json();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("size".to_owned(), self.size.into());
            fields.insert("quantity".to_owned(), self.quantity.into());
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cart_survives_its_cookie() {
        let cart = Cart::read("trail-jacket.M.1~wool-socks.L.2~trail-jacket.M.1");
        assert_eq!(cart.write(), "trail-jacket.M.2~wool-socks.L.2");
        assert_eq!((cart.count(), cart.cents()), (4, 2 * 4999 + 2 * 1290));
        assert_eq!(cart.to_json()["value"], 125.78);
        assert_eq!(money(4905), "49.05");
    }

    #[test]
    fn nonsense_in_the_cookie_is_left_out() {
        let cart = Cart::read("x~trail-jacket~trail-jacket.XXL.1~wool-socks.S.-1~wool-socks.S.0");
        assert_eq!(cart, Cart::default());
        let many = Cart::read(&"wool-socks.S.4294967295~".repeat(500));
        assert_eq!(many.count(), 99);
    }
}

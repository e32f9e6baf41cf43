//! Plays under conditions: with a blocker, on a slow line, on a slow machine.

use pixelproof::shop::{ShopOptions, Theme, serve};

use crate::e2e::program::Workplace;

#[tokio::test(flavor = "multi_thread")]
async fn a_blocker_is_told_apart_from_a_broken_site() {
    let shop = serve(ShopOptions { theme: Theme::Good, ..ShopOptions::default() }).await.unwrap();
    let place = Workplace::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["scenarios/lead.yaml", "snapshots/lead.snap"] {
        place.write(name, std::fs::read(root.join(name)).unwrap());
    }
    place.write(
        "lists/pixels.txt",
        "! Title: pixels\n||facebook.com/tr$third-party\n||analytics.tiktok.com^\n",
    );
    let base = shop.base_url();
    let run = ["run", "--ci", "--base", base.as_str()];
    let more =
        ["--block-list", "lists/pixels.txt", "--condition", "slow-3g", "--condition", "slow-cpu"];
    let ended = place.run(&[&run[..], &more[..]].concat()).await;
    ended.says(
        0,
        &[
            "lead [slow-3g]",
            "lead [slow-cpu]",
            "lead [blocked]",
            "blocked:client",
            "3 of 7 hits survive the block lists",
            "ga4: 3 of 3 hits came through",
            "meta: 0 of 2 hits came through",
            "4 passed",
        ],
    );
    assert_eq!(place.names("snapshots"), ["lead.snap"], "conditions record nothing");

    let missing = place.run(&[&run[..], &["--block-list", "lists/none.txt"]].concat()).await;
    missing.says(2, &["cannot read --block-list lists/none.txt"]);
    let unknown = place.run(&[&run[..], &["--condition", "slow-4g"]].concat()).await;
    unknown.says(2, &["unknown condition `slow-4g`", "slow-3g"]);
}

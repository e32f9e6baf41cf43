//! Plays under conditions: with a blocker, on a slow line, on a slow machine.

use pixelproof::shop::{ShopOptions, Theme, serve};

use crate::e2e::ground::{Reply, Site};
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

/// Tells what is left of cookies, what was thrown, and what the network lets
/// through.
#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_is_played_under_what_it_names() {
    let page = "<script>
      document.cookie = 'long=1; max-age=31536000; path=/';
      const px = query => fetch('/px?' + query, { keepalive: true });
      addEventListener('error', event => px('e=error'));
      addEventListener('pagehide', () => navigator.sendBeacon('/px?e=leave'));
      cookieStore.get('long').then(({ expires }) =>
        px('e=view' + (expires - Date.now() > 8 * 864e5 ? '&kept=1' : '')));
      async function buy() { await px('e=buy').catch(() => 0); }
      document.write(`<iframe src=${location.origin.replace('shop', 'other')}/frame></iframe>`);
    </script>";
    let frame = "<script>
      document.cookie = 'id=1; SameSite=None; Secure; path=/';
      fetch('/px?e=frame' + (document.cookie ? '&id=1' : ''));
    </script>";
    let pages = [("/page", Reply::html(page)), ("/frame", Reply::html(frame))];
    let site = Site::with_pages(&pages).await;
    let place = Workplace::new();
    place.write(
        "pixelproof.toml",
        format!(
            "[[vendor]]\nslug = \"local\"\nurl = \"*.localhost:{}/px*\"\nevent = \"query:e\"\n\
             other = \"business\"\n",
            site.port
        ),
    );
    place.write("lists/frames.txt", "||other.localhost^$third-party\n");
    place.write(
        "scenarios/one.yaml",
        format!(
            "name: one\nsteps:\n  - navigate: {}\n    label: open\n  - evaluate: await buy()\n\
             \x20   label: buy\n  - waitForExpression: navigator.onLine\nconditions:\n  - itp\n  - etp\n\
             \x20 - offline: open\n  - offline\n  - exception: buy\n  - exception\n\
             \x20 - blockList: ../lists/frames.txt\n",
            site.url("shop", "/page")
        ),
    );
    let ended = place.run(&["run", "--ci", "--pixels", "deliver", "--timeout", "3000"]).await;
    for (name, told) in [
        (
            "itp",
            "4 of 4 hits survive itp\nlocal: 4 of 4 hits came through\nlocal frame came without id\nlocal view came without kept",
        ),
        (
            "etp",
            "4 of 4 hits survive etp\nlocal: 4 of 4 hits came through\nlocal frame came without id",
        ),
        (
            "offline after open",
            "2 of 4 hits survive the loss of the network\nlocal: 2 of 4 hits came through",
        ),
        ("offline", "3 of 4 hits survive the loss of the network\nlocal: 3 of 4 hits came through"),
        (
            "exception before buy",
            "4 of 4 hits survive the exception\nlocal error was sent 1 times, else 0",
        ),
        ("exception", "4 of 4 hits survive the exception\nlocal error was sent 1 times, else 0"),
        (
            "blocked by frames",
            "3 of 4 hits survive the block lists\nlocal: 3 of 4 hits came through",
        ),
    ] {
        let part = ended.out.split(&format!("✓ one [{name}]")).nth(1).unwrap_or_default();
        let part = part.split("▶ one [").next().unwrap_or_default();
        for line in told.lines() {
            assert!(part.contains(line), "{name}: no `{line}` in {part}");
        }
    }
    ended.says(0, &["8 passed"]);
    place.write(
        "scenarios/one.yaml",
        "name: one\nsteps: [reload]\nconditions: [{ blockList: no.txt }]\n",
    );
    place
        .run(&["check"])
        .await
        .says(2, &["cannot read the list", "no.txt", "relative to the scenario"]);
}

use peaktrade_domain::{Side, UnixNanos, Usd};

use super::{EquityPoint, FillMark, PricePoint, Report};

fn minute(minute: i64) -> UnixNanos {
    let base: UnixNanos = "2026-03-09T15:00:00Z".parse().unwrap();
    base.checked_add_nanos(minute * UnixNanos::MINUTE).unwrap()
}

fn small() -> Report {
    let price = |at: i64, close: &str| PricePoint {
        time: minute(at),
        trade_date: "2026-03-09".parse().unwrap(),
        close: close.parse().unwrap(),
    };
    let equity =
        |at: i64, dollars: i64| EquityPoint { time: minute(at), equity_usd: Usd::from_micros(dollars * Usd::SCALE) };
    Report {
        title: "<script>alert(1)</script>".to_owned(),
        run_id: "ab".repeat(32),
        dataset_id: "sha256:\"&".to_owned(),
        series: "NQ".to_owned(),
        method: "BACK_ADJUST".to_owned(),
        from: "2026-03-09".parse().unwrap(),
        to: "2026-03-09".parse().unwrap(),
        identities: [("Calendar".to_owned(), "<b>".to_owned())].into(),
        rows_in: 3,
        rows_out: 3,
        pnl_usd: Usd::from_micros(-1_234_500_000),
        fees_usd: Usd::from_micros(4_500_000),
        orders: 1,
        fills: 1,
        blocks: [("instrument_not_allowed".to_owned(), 2)].into(),
        rolls: Vec::new(),
        prices: vec![price(0, "100"), price(1, "-2.25"), price(2, "50.5")],
        fill_marks: vec![FillMark {
            time: minute(1),
            contract: "NQH2026".parse().unwrap(),
            side: Side::Buy,
            quantity: 2,
            price: "98.5".parse().unwrap(),
            fee_usd: "4.50".parse().unwrap(),
            rule: "market_next_open".to_owned(),
            roll_id: String::new(),
        }],
        equity: vec![equity(0, 100_000), equity(1, 103_000), equity(2, 98_765)],
        notes: Vec::new(),
    }
}

#[test]
fn text_from_outside_cannot_become_markup() {
    let page = small().render();
    assert!(!page.contains("<script") && !page.contains("<b>\u{3c}") && !page.contains("sha256:\"&"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn nothing_comes_from_outside_and_nothing_changes() {
    let page = small().render();
    for outside in ["http:", "https:", "src=", "href=", "url(", "@import", "<link", "<script"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page, small().render());
}

#[test]
fn numbers_stand_as_they_are() {
    let report = small();
    assert_eq!(report.max_drawdown_usd().to_string(), "4235.00");
    let page = report.render();
    for fact in [
        "\u{2212}$1,234.50",
        "$4,235.00",
        "Buy 2 NQH2026 at 98.50, 2026-03-09 15:01 UTC",
        "<td><code>instrument_not_allowed</code></td><td class=\"n\">2</td>",
        "No roll lies in the range.",
        ">Mar 9, 2026</text>",
        "index points, BACK_ADJUST",
        "US dollars",
    ] {
        assert!(page.contains(fact), "{fact:?}");
    }
}

/// Every edge that has no data: nothing may divide by zero or index past an end.
#[test]
fn empty_and_single_reports_render() {
    let check = |change: fn(&mut Report)| {
        let mut report = small();
        change(&mut report);
        assert!(report.render().ends_with("</html>\n"));
    };
    check(|report| report.prices.clear());
    check(|report| report.prices.truncate(1));
    check(|report| report.equity.clear());
    check(|report| report.equity.truncate(1));
    check(|report| report.fill_marks.clear());
    check(|report| report.blocks.clear());
    check(|report| report.fill_marks[0].time = UnixNanos::from_nanos(i64::MIN));
    check(|report| report.equity[0].time = UnixNanos::from_nanos(i64::MAX));
    check(|report| report.prices.iter_mut().for_each(|point| point.close = "7".parse().unwrap()));
    check(|report| report.equity[0].equity_usd = Usd::from_micros(i64::MAX));
    check(|report| report.equity[1].equity_usd = Usd::from_micros(i64::MIN));
}

//! The page around plots and tables.

use std::fmt::Write as _;

use super::text::{dollars, escape, grouped};
use super::{Report, chart, tables};

const STYLE: &str = include_str!("style.css");

pub(super) fn render(report: &Report) -> String {
    let short: String = report.run_id.chars().take(12).collect();
    let title = format!("{} \u{b7} run {short}", report.title);
    let mut page = String::new();
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        escape(&title)
    );
    let _ = write!(
        page,
        "<header>\n<h1>{}</h1>\n<p>{} \u{b7} trade dates {} to {} \u{b7} run <code>{short}</code></p>\n\
         <p class=\"banner\">Simulated fills. No order of this run could reach a market.</p>\n</header>\n",
        escape(&report.title),
        escape(&report.series),
        report.from,
        report.to
    );
    page.push_str(&cards(report));
    page.push_str("<section>\n");
    if report.prices.is_empty() {
        page.push_str("<p class=\"none\">The series has no bars in the range.</p>\n");
    } else {
        page.push_str(&chart::price(report));
        if !report.equity.is_empty() {
            page.push_str(&chart::equity(report));
            page.push_str(&chart::drawdown(report));
        }
        page.push_str(&legend(report));
    }
    page.push_str("</section>\n");
    for (heading, body) in [
        ("Rolls", tables::rolls(report)),
        ("Orders blocked by the risk gate", tables::blocks(report)),
        ("Fills", tables::fills(report)),
        ("Notes", notes(report)),
        ("What this run was made from", tables::identities(report)),
    ] {
        if !body.is_empty() {
            let _ = write!(page, "<section>\n<h2>{heading}</h2>\n{body}</section>\n");
        }
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn cards(report: &Report) -> String {
    let pnl_class = match report.pnl_usd.micros() {
        micros if micros > 0 => "up",
        micros if micros < 0 => "down",
        _ => "",
    };
    let blocked: u64 = report.blocks.values().sum();
    let count = |count: u64| grouped(&count.to_string());
    let mut cards = String::from("<dl class=\"cards\">\n");
    for (name, class, value, unit) in [
        ("Profit and loss", pnl_class, dollars(report.pnl_usd), "after fees"),
        ("Fees", "", dollars(report.fees_usd), "exchange and broker"),
        ("Largest drawdown", "", dollars(report.max_drawdown_usd()), "from a peak of equity"),
        ("Orders", "", count(report.orders), "strategy, rolls and probes"),
        ("Fills", "", count(report.fills), "at raw contract prices"),
        ("Blocked", "", count(blocked), "by the risk gate"),
        ("Rolls", "", count(report.rolls.len() as u64), "in the series"),
        ("Bars", "", count(report.rows_out), &format!("of {} contract bars", count(report.rows_in))),
    ] {
        let _ = writeln!(
            cards,
            "<div><dt>{name}</dt><dd class=\"{class}\">{value}</dd><dd class=\"unit\">{unit}</dd></div>"
        );
    }
    cards.push_str("</dl>\n");
    cards
}

fn legend(report: &Report) -> String {
    let marks = if report.fill_marks.is_empty() {
        ""
    } else {
        "<span class=\"key buykey\"></span> buy <span class=\"key sellkey\"></span> sell, drawn at the series\u{2019} \
         price of their minute. "
    };
    format!(
        "<p class=\"legend\">{marks}<span class=\"key rollkey\"></span> roll. Bars stand side by side: time without \
         bars takes no room. Dates are trade dates.</p>\n"
    )
}

fn notes(report: &Report) -> String {
    if report.notes.is_empty() {
        return String::new();
    }
    let items = report.notes.iter().fold(String::new(), |mut items, note| {
        let _ = writeln!(items, "<li>{}</li>", escape(note));
        items
    });
    format!("<ul>\n{items}</ul>\n")
}

//! Seeds of delimited text.

use chrono::{DateTime, Duration, Utc};

use super::{Seed, seed};

/// Open of the first minute of most seeds: an open Monday, in standard time.
pub(super) const START: &str = "2025-01-13T15:00:00Z";

/// A minute of made-up market: open, prices in points and a volume.
pub(super) struct Minute {
    pub(super) open: DateTime<Utc>,
    pub(super) prices: [f64; 4],
    pub(super) volume: u32,
}

/// Minutes from [`START`], each so many minutes after the one before.
pub(super) fn minutes(count: i32, apart: i64) -> Vec<Minute> {
    let start: DateTime<Utc> = START.parse().unwrap();
    (0..count)
        .map(|at| {
            let level = 21_000.0 + f64::from(at * 7 % 23) / 4.0;
            let prices = [level, level + 1.25, level - 1.0, level + 0.25];
            let volume = u32::try_from(at % 5).unwrap() * 3;
            Minute { open: start + Duration::minutes(i64::from(at) * apart), prices, volume }
        })
        .collect()
}

/// How one format writes a row.
struct Text {
    target: &'static str,
    header: &'static str,
    /// Notation of its stamps.
    stamp: &'static str,
    /// Hours behind UTC, and minutes from the open to the stamp.
    clock: (i64, i64),
    delimiter: &'static str,
    before: &'static str,
    after: &'static str,
    trailer: &'static str,
}

impl Text {
    fn row(&self, minute: &Minute, scale: f64) -> String {
        let (hours, ahead) = self.clock;
        let local = minute.open - Duration::hours(hours) + Duration::minutes(ahead);
        let stamp = local.format(self.stamp).to_string();
        let [open, high, low, close] = minute.prices.map(|price| (price * scale).to_string());
        let fields = [stamp, open, high, low, close, minute.volume.to_string()].join(self.delimiter);
        format!("{}{fields}{}\n", self.before, self.after)
    }

    fn of(&self, minutes: &[Minute]) -> String {
        let rows: String = minutes.iter().map(|minute| self.row(minute, 1.0)).collect();
        format!("{}{rows}{}", self.header, self.trailer)
    }

    fn seeds(&self) -> Vec<Seed> {
        let few = minutes(3, 1);
        let mut conflict = minutes(3, 1);
        conflict[2].open = conflict[1].open;
        let mut strange = minutes(70, 1);
        // A repeat, a spike, a weekend print, a price off the grid, a minute after the contract has ended.
        strange[5] = Minute { prices: strange[4].prices, volume: strange[4].volume, ..strange[4] };
        strange[20].prices = [18_000.0; 4];
        strange[30].open = "2025-01-12T12:00:00Z".parse().unwrap();
        strange[40].prices = [21_000.1; 4];
        strange[50].open = "2025-03-21T14:00:00Z".parse().unwrap();
        let scaled: String = few.iter().map(|minute| self.row(minute, 100.0)).collect();
        let one = |name: &str, text: String| seed(self.target, name, text);
        vec![
            one("accepted_few", self.of(&few)),
            one("accepted_crlf", self.of(&few).replace('\n', "\r\n")),
            one("accepted_hour", self.of(&minutes(62, 1))),
            one("accepted_strange", self.of(&strange)),
            one("accepted_days", self.of(&minutes(8, 1_440))),
            one("refused_five_minutes", self.of(&minutes(70, 5))),
            one("refused_conflict", self.of(&conflict)),
            one("refused_scale", format!("{}{scaled}", self.header)),
            one("refused_empty", self.header.to_owned()),
        ]
    }
}

pub(super) fn all() -> Vec<Seed> {
    let text = |target, header, stamp, clock, delimiter| Text {
        target,
        header,
        stamp,
        clock,
        delimiter,
        before: "",
        after: "",
        trailer: "",
    };
    let civil = "%Y-%m-%d %H:%M:%S";
    let formats = [
        text("ninjatrader", "", "%Y%m%d %H%M%S", (0, 1), ";"),
        text("firstrate", "", civil, (5, 0), ","),
        text("ibkr", "date,open,high,low,close,volume\n", "%Y%m%d %H:%M:%S", (6, 0), ","),
        Text {
            trailer: "\"Downloaded from Barchart.com as of 01-14-2025 06:00am CST\"\n",
            ..text("barchart", "Time,Open,High,Low,Last,Volume\n", "%m/%d/%Y %H:%M", (6, 0), ",")
        },
        Text {
            before: "NQH5,",
            after: ",1,2,XCME,2025-01-13",
            ..text(
                "massive",
                "ticker,window_start,open,high,low,close,volume,dollar_volume,transactions,exchange,session_end_date\n",
                "%s000000000",
                (0, 0),
                ",",
            )
        },
        Text {
            after: ", 9, 1, 2",
            ..text(
                "sierra",
                "Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume\n",
                "%Y/%m/%d, %H:%M:%S",
                (6, 0),
                ", ",
            )
        },
        text(
            "tradestation",
            "\"Date\",\"Time\",\"Open\",\"High\",\"Low\",\"Close\",\"Vol\"\n",
            "%m/%d/%Y,%H:%M",
            (6, 1),
            ",",
        ),
        text("tradingview", "time,open,high,low,close,Volume\n", "%s", (0, 0), ","),
    ];
    let mut seeds: Vec<Seed> = formats.iter().flat_map(Text::seeds).collect();
    seeds.extend(particular());
    seeds.extend(databento());
    seeds.extend(profiles());
    seeds.extend(settlements());
    seeds
}

/// What only one format has.
fn particular() -> Vec<Seed> {
    let rows = |header: &str, rows: &[&str]| format!("{header}\n{}\n", rows.join("\n"));
    vec![
        seed(
            "firstrate",
            "accepted_header",
            rows(
                "timestamp,open,high,low,close,volume,open interest",
                &["2025-01-13 10:00:00,21000,21001,20999.5,21000.25,12,250000"],
            ),
        ),
        seed("firstrate", "refused_zone", rows("", &["2025-03-09 02:30:00,21000,21000,21000,21000,1"])),
        seed(
            "ibkr",
            "accepted_zones",
            rows(
                "date,open,high,low,close,volume,average,barCount",
                &[
                    "20250113 09:00:00 US/Central,21000,21001,20999.5,21000.25,12.0,21000.1,9",
                    "2025-01-13 09:01:00-06:00,21000,21001,20999.5,21000.25,12,21000.1,9",
                    "2025-01-13T15:02:00Z,21000,21001,20999.5,21000.25,12,21000.1,9",
                    "1736780580,21000,21001,20999.5,21000.25,12,21000.1,9",
                    "2025-01-13 09:04:00,21000,21001,20999.5,21000.25,12,21000.1,9",
                ],
            ),
        ),
        seed(
            "massive",
            "accepted_tickers",
            rows(
                "ticker,window_start,open,high,low,close,volume",
                &[
                    "NQH5,1736780400000000000,21000,21001,20999.5,21000.25,12",
                    "NQM5,1736780400000000000,21200,21201,21199.5,21200.25,1",
                    "NQH5-NQM5,1736780400000000000,200,200,200,200,1",
                    "ESH5,1736780400000000000,5900,5900,5900,5900,1",
                    "NQZ0,1736780400000000000,25000,25000,25000,25000,1",
                ],
            ),
        ),
        seed(
            "tradestation",
            "accepted_up_and_down",
            rows(
                "\"Date\",\"Time\",\"Open\",\"High\",\"Low\",\"Close\",\"Up\",\"Down\"",
                &["01/13/25,0901,21000,21001,20999.5,21000.25,7,5"],
            ),
        ),
        seed(
            "tradingview",
            "accepted_indicators",
            rows(
                "time,open,high,low,close,PlotCandle (High,PlotCandle (High,\"a, b\",Volume",
                &["2025-01-13T09:00:00-06:00,21000,21001,20999.5,21000.25,NaN,NaN,,12"],
            ),
        ),
        // An archive is made of this text by the target.
        seed(
            "lean",
            "described_two_contracts",
            "@20250113_nq_minute_trade_202503.csv\n54000000,21000.25,21001,21000,21000.5,12\n54060000,21000.25,21001,21000,21000.5,1\n\
             @20250113_nq_minute_trade_202506.csv\n54060000,21200,21200,21200,21200,3.0\n\
             @20250113_es_minute_trade_202503.csv\n54000000,5900,5900,5900,5900,1\n",
        ),
    ]
}

/// Databento's CSV in its dialects.
fn databento() -> Vec<Seed> {
    let header = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n";
    let pretty = |rtype: u32, seconds: u32, symbol: &str| {
        format!(
            "2025-01-13T15:{:02}:{:02}.000000000Z,{rtype},1,118,21000.000000000,21001.250000000,20999.750000000,21000.500000000,12,{symbol}\n",
            seconds / 60,
            seconds % 60
        )
    };
    let raw = "1736780400000000000,33,1,118,21000000000000,21001250000000,20999750000000,21000500000000,12,NQH5\n";
    let one = |name: &str, text: String| seed("databento_csv", name, text);
    vec![
        one("accepted_pretty", format!("{header}{}{}", pretty(33, 0, "NQH5"), pretty(33, 60, "NQH5"))),
        one(
            "accepted_symbols",
            format!("{header}{}{}{}", pretty(33, 0, "NQH5"), pretty(33, 0, "NQH5-NQM5"), pretty(33, 0, "NQM5")),
        ),
        one("accepted_seconds", format!("{header}{}{}", pretty(32, 1, "NQH5"), pretty(32, 7, "NQH5"))),
        one("accepted_raw", format!("{header}{raw}")),
        one("accepted_no_symbol", format!("{header}{raw}").replace(",symbol", "").replace(",NQH5", "")),
        one("refused_dialects", format!("{header}{}{raw}", pretty(33, 60, "NQH5"))),
        one("refused_hours", format!("{header}{}", pretty(34, 0, "NQH5"))),
        one("refused_empty", header.to_owned()),
    ]
}

/// Settlements and open interest.
fn settlements() -> Vec<Seed> {
    let header = "contract,trade_date,settlement,open_interest";
    let rows = "NQH2025,2025-01-13,21000.25,250000\nNQM5,2025-01-13,21200.05,1200\nNQH2025,2025-01-14,,250100\n";
    let one = |name: &str, text: String| seed("settlements_csv", name, text);
    let known = format!("{header},known_at\nNQH2025,2025-01-13,21000.25,250000,2025-01-14T15:00:00Z\n");
    vec![
        one("accepted_few", format!("{header}\n{rows}")),
        one("accepted_known", known.clone()),
        one(
            "accepted_strange",
            format!(
                "{header}\n{rows}NQH5-NQM5,2025-01-13,200,\nNQH2025,2025-01-11,21000,\nNQH2025,2025-03-24,21000,\nNQH2025,2025-01-15,21000.01,\n"
            ),
        ),
        one("refused_differing", format!("{header}\n{rows}NQH2025,2025-01-13,21000.5,\n")),
        one("refused_too_early", known.replace("01-14T15", "01-13T15")),
        one("refused_header", rows.to_owned()),
    ]
}

/// Profiles, each with a file.
fn profiles() -> Vec<Seed> {
    let parts = |profile: &str, name: &str, file: &str| [profile, name, file].join("\n===\n");
    let ordered = "format = 1\nname = \"mine\"\ndelimiter = \"semicolon\"\nheader = \"none\"\n\
                   order = [\"date\", \"time\", \"open\", \"high\", \"low\", \"close\", \"up_volume\", \"down_volume\", \"-\"]\n\
                   [stamps]\nlayouts = [\"%m/%d/%Y %H:%M\"]\n[file]\nnames = [\"{root}{month}{yy}.csv\"]";
    let row = "01/13/2025;09:01;21000;21001;20999;21000.25;7;5;x\n";
    let named = include_str!("../../../profiles/ibkr.toml");
    let symbols = include_str!("../../../profiles/massive.toml");
    vec![
        seed("profile", "accepted_ordered", parts(ordered, "NQH25.csv", row)),
        seed("profile", "accepted_no_name", parts(ordered, "bars.csv", row)),
        seed(
            "profile",
            "accepted_header",
            parts(named, "NQH5.csv", "date,open,high,low,close,volume\n20250113 09:00:00,1000,1001,999,1000,1\n"),
        ),
        seed(
            "profile",
            "accepted_symbols",
            parts(
                symbols,
                "x",
                "ticker,window_start,open,high,low,close,volume\nNQH5,1736780460000000000,1000,1001,999,1000,1\n",
            ),
        ),
        seed("profile", "refused_layout", parts(&ordered.replace("%m/", "%Q/"), "NQH25.csv", row)),
        seed("profile", "refused_order", parts(&ordered.replace("\"close\", ", ""), "NQH25.csv", row)),
        seed("profile", "refused_name", parts(ordered, "ESH25.csv", row)),
        seed("profile", "refused_text", parts("format = ", "", "")),
        seed(
            "profile",
            "refused_tradingview",
            parts(include_str!("../../../profiles/tradingview.toml"), "NQ1!, 1.csv", row),
        ),
        seed("profile", "refused_barchart", parts(include_str!("../../../profiles/barchart.toml"), "nqh25.csv", row)),
    ]
}

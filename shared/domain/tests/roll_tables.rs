//! Explicit roll tables: what they answer, and what they are refused for.
#![allow(clippy::unwrap_used)]

use peaktrade_domain::{Calendar, RollError, RollPolicy, RollTable, TableRoll, UnixNanos};

fn row(from: &str, to: &str, roll_ts: &str) -> TableRoll {
    TableRoll { from: from.parse().unwrap(), to: to.parse().unwrap(), roll_ts: roll_ts.parse().unwrap() }
}

fn table(rows: &[(&str, &str, &str)]) -> Result<RollTable, String> {
    let rows: Vec<TableRoll> = rows.iter().map(|(from, to, roll_ts)| row(from, to, roll_ts)).collect();
    RollTable::new(&Calendar::shipped(), &rows).map_err(|error| error.to_string())
}

const TWO: [(&str, &str, &str); 2] =
    [("NQH2025", "NQM2025", "2025-03-14T15:00:00Z"), ("NQM2025", "NQU2025", "2025-06-14T15:00:00Z")];

#[test]
fn a_table_of_a_policy_s_own_rolls_is_that_policy_s_schedule() {
    let calendar = Calendar::shipped();
    let root = "MNQ".parse().unwrap();
    let (from, to) = (calendar.valid_from(), calendar.valid_to());
    let rolls = RollPolicy::STANDARD.schedule(&calendar, root, from, to).unwrap();
    let rows: Vec<TableRoll> =
        rolls.iter().map(|roll| TableRoll { from: roll.from, to: roll.to, roll_ts: roll.roll_ts }).collect();
    let table = RollTable::new(&calendar, &rows).unwrap();
    assert_eq!((table.rolls(), table.root()), (&rolls[..], root));
    assert_eq!(table.schedule(from, to), rolls);
    assert_eq!(table.schedule(rolls[1].trade_date, rolls[2].trade_date), rolls[1..=2]);
    for roll in &rolls {
        for nudge in -1..=1 {
            let at = roll.roll_ts.checked_add_nanos(nudge).unwrap();
            let expected = RollPolicy::STANDARD.active_contract(&calendar, root, at, 0);
            assert_eq!(table.active_contract(&calendar, at, 0), expected, "{at}");
        }
    }
}

#[test]
fn a_table_answers_between_its_first_contract_and_its_last_one_s_end() {
    let calendar = Calendar::shipped();
    let two = table(&TWO).unwrap();
    // A roll on a Saturday belongs to Monday's trade date.
    assert_eq!(two.rolls()[1].trade_date.to_string(), "2025-06-16");
    let active = |at: &str, depth| {
        let active = two.active_contract(&calendar, at.parse::<UnixNanos>().unwrap(), depth);
        active.map(|active| active.symbol.to_string()).map_err(|error| error.to_string())
    };
    for (at, depth, expected) in [
        ("2025-01-06T15:00:00Z", 0, "NQH2025"),
        ("2025-01-06T15:00:00Z", 2, "NQU2025"),
        ("2025-03-14T14:59:59.999999999Z", 0, "NQH2025"),
        ("2025-03-14T15:00:00Z", 0, "NQM2025"),
        ("2025-03-14T15:00:00Z", 1, "NQU2025"),
        ("2025-06-14T15:00:00Z", 0, "NQU2025"),
        ("2025-09-19T13:29:59Z", 0, "NQU2025"),
    ] {
        assert_eq!(active(at, depth).as_deref(), Ok(expected), "{at} {depth}");
    }
    for (at, depth, wanted) in [
        ("2025-09-19T13:30:00Z", 0, "at 2025-09-19T13:30:00Z"),
        ("2025-06-14T15:00:00Z", 1, "at depth 1 after NQU2025"),
        ("2025-01-06T15:00:00Z", 3, "at depth 3 after NQH2025"),
        ("2025-01-06T15:00:00Z", u32::MAX, "at depth 4294967295 after NQH2025"),
    ] {
        let expected = format!("the roll table ends with NQU2025 and does not say which contract is active {wanted}");
        assert_eq!(active(at, depth), Err(expected));
    }
    assert!(active("1990-01-01T00:00:00Z", 0).unwrap_err().contains("validity"));
    let micro = table(&[("MNQM2019", "MNQU2019", "2019-06-14T15:00:00Z")]).unwrap();
    let early = micro.active_contract(&calendar, "2019-05-03T15:00:00Z".parse().unwrap(), 0);
    assert!(matches!(early, Err(RollError::NotListed { .. })), "{early:?}");
}

#[test]
fn a_row_is_explained_by_its_place() {
    let (calendar, two) = (Calendar::shipped(), table(&TWO).unwrap());
    assert_eq!(
        two.explain(&calendar, &two.rolls()[1]),
        "NQM2025 rolls into NQU2025 by row 2 of the roll table, which has 2: at 2025-06-14 10:00 America/Chicago \
         (2025-06-14T15:00:00Z), trade date 2025-06-16. Trading in NQM2025 ends 2025-06-20 08:30 America/Chicago \
         (2025-06-20T13:30:00Z)."
    );
    let other = RollPolicy::STANDARD.roll_of(&calendar, "NQM2025".parse().unwrap()).unwrap();
    assert!(two.explain(&calendar, &other).contains("by no row of the roll table"));
}

#[test]
fn tables_that_make_no_chain_are_refused_by_row() {
    let first = TWO[0];
    for (rows, expected) in [
        (vec![], "roll table, row 0: the table has no rows; at least one is needed"),
        (vec![first; 401], "roll table, row 0: the table has 401 rows; at most 400 are allowed"),
        (vec![("NQH2025", "MNQM2025", first.2)], "roll table, row 1: MNQM2025 is not of root NQ"),
        (vec![first, ("ESM2025", "ESU2025", "2025-06-14T15:00:00Z")], "roll table, row 2: ESM2025 is not of root NQ"),
        (vec![("NQM2025", "NQH2025", first.2)], "roll table, row 1: NQH2025 does not expire after NQM2025"),
        (vec![("NQM2025", "NQM2025", first.2)], "roll table, row 1: NQM2025 does not expire after NQM2025"),
        (
            vec![first, ("NQU2025", "NQZ2025", "2025-09-12T15:00:00Z")],
            "roll table, row 2: leads out of NQU2025, the row before leads into NQM2025",
        ),
        (
            vec![first, ("NQM2025", "NQU2025", first.2)],
            "roll table, row 2: 2025-03-14T15:00:00Z does not come after 2025-03-14T15:00:00Z, the roll of the row before",
        ),
        (
            vec![first, ("NQM2025", "NQU2025", "2025-03-13T15:00:00Z")],
            "roll table, row 2: 2025-03-13T15:00:00Z does not come after 2025-03-14T15:00:00Z, the roll of the row before",
        ),
        (
            vec![("NQH2025", "NQM2025", "2025-03-21T13:30:00Z")],
            "roll table, row 1: the roll out of NQH2025 at 2025-03-21T13:30:00Z is not before the end of its trading at \
             2025-03-21T13:30:00Z",
        ),
        (
            vec![("MNQM2019", "MNQU2019", "2019-05-03T15:00:00Z")],
            "roll table, row 1: not_listed: MNQ has no contract at 2019-05-03T15:00:00Z; it is listed from \
             2019-05-05T22:00:00Z",
        ),
    ] {
        assert_eq!(table(&rows), Err(expected.to_owned()));
    }
    for (rows, part) in [
        (("NQH2025", "NQN2025", first.2), "NQN2025 is not listed"),
        (("NQG2025", "NQM2025", first.2), "NQG2025 is not listed"),
        (("XYH2025", "XYM2025", first.2), "root XY has no specification"),
        (("NQH2090", "NQM2090", "2090-03-14T15:00:00Z"), "2090-03-14T15:00:00Z is outside the calendar's validity"),
    ] {
        let error = table(&[rows]).unwrap_err();
        assert!(error.starts_with("roll table, row 1: ") && error.contains(part), "{error}");
    }
    // A row may skip a quarter and lie within a minute.
    assert!(table(&[("NQH2025", "NQU2025", "2025-03-14T15:00:30Z")]).is_ok());
}

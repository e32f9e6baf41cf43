//! Decides which found hit stands for which expected one, so that one changed
//! parameter reads as one changed parameter.
//!
//! Within a vendor, account and event equal hits are paired first; what is
//! left is assigned at the least total cost where that is small enough to
//! compute, else in order. It knows patterns, not traces.
//!
//! Hits are named by their index in the two lists. Every index is made from
//! the lists' own lengths in this file, so none can miss.

use std::collections::HashMap;

use crate::snapshot::SnapshotHit;
use crate::snapshot::pattern::Pattern;

/// An expected hit and the step of the played scenario that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedSide<'a> {
    pub hit: &'a SnapshotHit,
    pub at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    Step(usize),
    /// No step caused it.
    Unattributed,
    /// The scenario has that step no more.
    Gone,
    Anywhere,
}

#[derive(Debug, Clone, Copy)]
pub struct FoundSide<'a> {
    pub hit: &'a SnapshotHit,
    pub step: Option<usize>,
    /// It never reached its endpoint.
    pub lost: bool,
}

/// Indexes into the two lists. Every index is in exactly one place, found
/// ones of the lost kind that stand for nothing apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pairing {
    pub pairs: Vec<(usize, usize)>,
    /// Expected hits that were tried and lost on the way.
    pub lost: Vec<(usize, usize)>,
    pub missing: Vec<usize>,
    pub unexpected: Vec<usize>,
    /// A found hit that repeats the one that was paired with an expected one.
    pub repeated: Vec<(usize, usize)>,
    pub lost_unexpected: Vec<usize>,
}

/// Cost of leaving a hit alone. A pair that costs more than two of it is none.
const ALONE: u32 = 50;
const FORBIDDEN: u32 = 1_000_000;
/// Sides beyond this are paired in order: the assignment takes cubic time.
const MAX_ASSIGNED: usize = 24;
/// Candidates that are looked at where a look at all would take square time.
const MAX_LOOKS: usize = 48;

impl At {
    pub fn is(self, step: Option<usize>) -> bool {
        match self {
            Self::Step(index) => step == Some(index),
            Self::Unattributed => step.is_none(),
            Self::Gone => false,
            Self::Anywhere => true,
        }
    }
}

pub fn pair(expected: &[ExpectedSide<'_>], found: &[FoundSide<'_>]) -> Pairing {
    let mut state = State {
        expected,
        found,
        by_expected: vec![None; expected.len()],
        taken: vec![false; found.len()],
    };
    let mut groups: HashMap<Key<'_>, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (index, side) in expected.iter().enumerate() {
        groups.entry(key(side.hit)).or_default().0.push(index);
    }
    for (index, side) in found.iter().enumerate().filter(|(_, side)| !side.lost) {
        groups.entry(key(side.hit)).or_default().1.push(index);
    }
    for (own, candidates) in groups.values() {
        state.pair_group(own, candidates);
    }
    let lost = state.pair_lost();
    state.pair_across();
    state.finish(lost)
}

/// Whether everything that is expected of the parameters holds.
pub fn params_agree(expected: &SnapshotHit, found: &SnapshotHit) -> bool {
    expected.params.iter().all(|(name, pattern)| {
        lookup(&found.params, name).is_some_and(|value| pattern.accepts(value))
    }) && found.params.iter().all(|(name, value)| {
        lookup(&expected.params, name).is_some()
            || lookup(&expected.sometimes, name).is_some_and(|pattern| pattern.accepts(value))
    })
}

/// The value of that name in a sorted list.
pub fn lookup<'p>(params: &'p [(String, Pattern)], name: &str) -> Option<&'p Pattern> {
    let index = params.binary_search_by(|(other, _)| other.as_str().cmp(name)).ok()?;
    params.get(index).map(|(_, pattern)| pattern)
}

/// Vendor, account, event.
type Key<'a> = (&'a str, &'a str, &'a str);

fn key(hit: &SnapshotHit) -> Key<'_> {
    (&hit.vendor, &hit.account, &hit.event)
}

struct State<'s, 'a> {
    expected: &'s [ExpectedSide<'a>],
    found: &'s [FoundSide<'a>],
    by_expected: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl<'a> State<'_, 'a> {
    fn pair_group(&mut self, own: &[usize], candidates: &[usize]) {
        self.pair_equal(own, candidates);
        let (left, right) = self.free(own, candidates);
        if left.is_empty() || right.is_empty() {
            return;
        }
        if own.len() <= MAX_ASSIGNED && candidates.len() <= MAX_ASSIGNED {
            // Equal hits were taken as they came; with matchers that overlap
            // another choice may leave nobody over.
            for index in own {
                if let Some(found) = self.by_expected[*index].take() {
                    self.taken[found] = false;
                }
            }
            self.assign(own, candidates);
        } else if left.len() <= MAX_ASSIGNED && right.len() <= MAX_ASSIGNED {
            self.assign(&left, &right);
        } else {
            self.pair_in_order(&left, &right);
        }
    }

    /// Pairs what agrees in every parameter: first within the step, then
    /// whatever the step. Near linear: values that must be equal are looked
    /// up, only matchers are tried.
    fn pair_equal(&mut self, own: &[usize], candidates: &[usize]) {
        let mut own: Vec<(usize, Vec<&str>)> =
            own.iter().map(|index| (*index, varying(self.expected[*index].hit))).collect();
        // The strictest first, and those that may stay away last.
        own.sort_by_key(|(index, varying)| (self.expected[*index].hit.optional, varying.len()));
        for any_step in [false, true] {
            let mut indexes: HashMap<Vec<&str>, HashMap<String, Vec<usize>>> = HashMap::new();
            for (index, varying) in &own {
                if self.by_expected[*index].is_some() {
                    continue;
                }
                let side = self.expected[*index];
                let free = || candidates.iter().rev().filter(|found| !self.taken[**found]);
                let buckets = indexes.entry(varying.clone()).or_insert_with(|| {
                    let mut buckets: HashMap<String, Vec<usize>> = HashMap::new();
                    for found in free() {
                        let side = self.found[*found];
                        let step = if any_step { Within::Any } else { Within::Step(side.step) };
                        buckets.entry(print(side.hit, varying, step)).or_default().push(*found);
                    }
                    buckets
                });
                let step = match side.at {
                    At::Step(step) => Some(step),
                    At::Unattributed => None,
                    At::Gone | At::Anywhere if any_step => None,
                    At::Gone | At::Anywhere => continue,
                };
                let within = if any_step { Within::Any } else { Within::Step(step) };
                let print = print(side.hit, varying, within);
                let Some(bucket) = buckets.get_mut(&print) else { continue };
                while bucket.last().is_some_and(|found| self.taken[*found]) {
                    bucket.pop();
                }
                let fits = bucket.iter().enumerate().rev().take(MAX_LOOKS).find(|(_, found)| {
                    !self.taken[**found] && params_agree(side.hit, self.found[**found].hit)
                });
                if let Some((place, found)) = fits.map(|(place, found)| (place, *found)) {
                    bucket.remove(place);
                    self.by_expected[*index] = Some(found);
                    self.taken[found] = true;
                }
            }
        }
    }

    fn free(&self, own: &[usize], candidates: &[usize]) -> (Vec<usize>, Vec<usize>) {
        (
            own.iter().copied().filter(|index| self.by_expected[*index].is_none()).collect(),
            candidates.iter().copied().filter(|index| !self.taken[*index]).collect(),
        )
    }

    /// The assignment of least total cost.
    fn assign(&mut self, own: &[usize], candidates: &[usize]) {
        let size = own.len() + candidates.len();
        let mut costs = vec![vec![0; size]; size];
        for (row, costs) in costs.iter_mut().enumerate() {
            for (column, cost) in costs.iter_mut().enumerate() {
                *cost = match (own.get(row), candidates.get(column)) {
                    (Some(own), Some(found)) => self.cost(*own, *found),
                    (Some(own), None) if self.expected[*own].hit.optional => ALONE - 1,
                    (Some(_), None) | (None, Some(_)) => ALONE,
                    (None, None) => 0,
                };
            }
        }
        for (row, column) in least_cost(&costs).into_iter().enumerate() {
            if let (Some(own), Some(found)) = (own.get(row), candidates.get(column))
                && costs[row][column] <= 2 * ALONE
            {
                self.by_expected[*own] = Some(*found);
                self.taken[*found] = true;
            }
        }
    }

    /// What pairing these two would hide, in hundredths of a hit.
    fn cost(&self, own: usize, found: usize) -> u32 {
        let (own, found) = (self.expected[own], self.found[found]);
        let (a, b) = (own.hit, found.hit);
        let same_step = own.at.is(found.step);
        let (different, all) = disagreement(a, b);
        let share = (60 * different).checked_div(all).unwrap_or(0);
        let params = if different == 0 { 0 } else { 10 + share };
        let moved = match (same_step, own.at, found.step) {
            (true, _, _) => 0,
            // The nearer step is the likelier one.
            (false, At::Step(at), Some(step)) => 35 + at.abs_diff(step).min(5) as u32,
            _ => 40,
        };
        let alike = share <= 30;
        let named = match (a.vendor == b.vendor, a.account == b.account, a.event == b.event) {
            (true, true, true) => 0,
            (true, false, true) if same_step || alike => 30,
            (true, true, false) if alike && (same_step || (different == 0 && all > 0)) => 45,
            _ => return FORBIDDEN,
        };
        params + moved + named
    }

    fn pair_in_order(&mut self, own: &[usize], candidates: &[usize]) {
        for same_step in [true, false] {
            let (own, candidates) = self.free(own, candidates);
            let mut by_step: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
            for found in candidates.iter().rev() {
                let step = self.found[*found].step.filter(|_| same_step);
                by_step.entry(step).or_default().push(*found);
            }
            for index in own {
                let step = match self.expected[index].at {
                    At::Step(step) if same_step => Some(step),
                    At::Gone | At::Anywhere if same_step => continue,
                    _ => None,
                };
                let next = by_step.get(&step).and_then(|rest| rest.last()).copied();
                if let Some(found) = next
                    && self.cost(index, found) <= 2 * ALONE
                {
                    by_step.get_mut(&step).and_then(Vec::pop);
                    self.by_expected[index] = Some(found);
                    self.taken[found] = true;
                }
            }
        }
    }

    /// Expected hits that were fired but never arrived.
    fn pair_lost(&mut self) -> Vec<(usize, usize)> {
        let mut by_event: HashMap<(&'a str, &'a str), Vec<usize>> = HashMap::new();
        for (index, side) in self.found.iter().enumerate().filter(|(_, side)| side.lost) {
            by_event.entry((&side.hit.vendor, &side.hit.event)).or_default().push(index);
        }
        let mut lost = Vec::new();
        for index in 0..self.expected.len() {
            let side = self.expected[index];
            if self.by_expected[index].is_some() {
                continue;
            }
            let candidates = by_event.get_mut(&(side.hit.vendor.as_str(), side.hit.event.as_str()));
            let Some(candidates) = candidates else { continue };
            let best = candidates
                .iter()
                .take(MAX_LOOKS)
                .enumerate()
                .map(|(place, found)| (self.cost(index, *found), place))
                .min();
            if let Some((_, place)) = best.filter(|(cost, _)| *cost < FORBIDDEN) {
                let found = candidates.remove(place);
                self.taken[found] = true;
                self.by_expected[index] = Some(found);
                lost.push((index, found));
            }
        }
        lost
    }

    /// Hits of a vendor that went to another account or under another name.
    fn pair_across(&mut self) {
        let mut vendors: HashMap<&str, (Vec<usize>, Vec<usize>)> = HashMap::new();
        for (index, side) in self.expected.iter().enumerate() {
            vendors.entry(&side.hit.vendor).or_default().0.push(index);
        }
        for (index, side) in self.found.iter().enumerate().filter(|(_, side)| !side.lost) {
            vendors.entry(&side.hit.vendor).or_default().1.push(index);
        }
        for (own, candidates) in vendors.values() {
            let (own, candidates) = self.free(own, candidates);
            if own.len() <= MAX_ASSIGNED && candidates.len() <= MAX_ASSIGNED {
                self.assign(&own, &candidates);
                continue;
            }
            // Too many for a choice: by event, then by account.
            let groupings: [fn(&'a SnapshotHit) -> &'a str; 2] =
                [|hit| &hit.event, |hit| &hit.account];
            for name in groupings {
                let mut groups: HashMap<&str, (Vec<usize>, Vec<usize>)> = HashMap::new();
                for index in &own {
                    groups.entry(name(self.expected[*index].hit)).or_default().0.push(*index);
                }
                for index in &candidates {
                    groups.entry(name(self.found[*index].hit)).or_default().1.push(*index);
                }
                for (own, candidates) in groups.values() {
                    self.pair_in_order(own, candidates);
                }
            }
        }
    }

    fn finish(self, lost: Vec<(usize, usize)>) -> Pairing {
        let mut pairing = Pairing { lost, ..Pairing::default() };
        let is_lost = |found: usize| self.found[found].lost;
        for (index, found) in self.by_expected.iter().enumerate() {
            match found {
                None => pairing.missing.push(index),
                Some(found) if !is_lost(*found) => pairing.pairs.push((index, *found)),
                Some(_) => {}
            }
        }
        let mut paired: HashMap<Key<'_>, Vec<(usize, usize)>> = HashMap::new();
        for (index, found) in &pairing.pairs {
            paired.entry(key(self.found[*found].hit)).or_default().push((*index, *found));
        }
        for (found, side) in self.found.iter().enumerate().filter(|(f, _)| !self.taken[*f]) {
            if side.lost {
                pairing.lost_unexpected.push(found);
                continue;
            }
            let twins = paired.get(&key(side.hit)).map_or(&[][..], Vec::as_slice);
            let twin = twins.iter().take(MAX_LOOKS).find(|(index, first)| {
                repeats(self.expected[*index].hit, self.found[*first].hit, side.hit)
            });
            match twin {
                Some((index, _)) => pairing.repeated.push((*index, found)),
                None => pairing.unexpected.push(found),
            }
        }
        pairing
    }
}

/// Whether `again` is `first` once more: what may vary does not count.
fn repeats(expected: &SnapshotHit, first: &SnapshotHit, again: &SnapshotHit) -> bool {
    if params_agree(expected, again) {
        return true;
    }
    let varies = |name: &str| {
        lookup(&expected.params, name).is_some_and(|pattern| !pattern.is_literal())
            || lookup(&expected.sometimes, name).is_some()
    };
    let covers = |a: &SnapshotHit, b: &SnapshotHit| {
        a.params.iter().all(|(name, value)| {
            varies(name) || lookup(&b.params, name).is_some_and(|other| value.accepts(other))
        })
    };
    covers(first, again) && covers(again, first)
}

/// Names whose value cannot be looked up.
fn varying(hit: &SnapshotHit) -> Vec<&str> {
    let matchers = hit.params.iter().filter(|(_, pattern)| !pattern.is_literal());
    matchers.chain(&hit.sometimes).map(|(name, _)| name.as_str()).collect()
}

/// Which steps a look-up is about.
#[derive(Debug, Clone, Copy)]
enum Within {
    Any,
    /// `None` is no step's.
    Step(Option<usize>),
}

/// Equal for two hits whose parameters agree, those that vary apart.
fn print(hit: &SnapshotHit, varying: &[&str], step: Within) -> String {
    let mut print = match step {
        Within::Any => String::new(),
        Within::Step(None) => "-".to_owned(),
        Within::Step(Some(step)) => step.to_string(),
    };
    for (name, value) in &hit.params {
        if !varying.contains(&name.as_str()) {
            print.push('\n');
            print.push_str(name);
            print.push('=');
            print.push_str(&value.canonical());
        }
    }
    print
}

/// How many parameters differ, of how many.
fn disagreement(expected: &SnapshotHit, found: &SnapshotHit) -> (u32, u32) {
    let (mut different, mut all) = (0, 0);
    for (name, pattern) in &expected.params {
        all += 1;
        let agrees = lookup(&found.params, name).is_some_and(|value| pattern.accepts(value));
        different += u32::from(!agrees);
    }
    for (name, value) in &found.params {
        if lookup(&expected.params, name).is_none() {
            all += 1;
            let agrees =
                lookup(&expected.sometimes, name).is_some_and(|pattern| pattern.accepts(value));
            different += u32::from(!agrees);
        }
    }
    (different, all)
}

/// For each row of a square matrix the column it is given, such that the sum
/// is least: the Hungarian method with potentials, in cubic time.
fn least_cost(costs: &[Vec<u32>]) -> Vec<usize> {
    let size = costs.len();
    let cost = |row: usize, column: usize| i64::from(costs[row - 1][column - 1]);
    let mut row_potential = vec![0_i64; size + 1];
    let mut column_potential = vec![0_i64; size + 1];
    let mut row_of = vec![0_usize; size + 1];
    for row in 1..=size {
        let mut way = vec![0_usize; size + 1];
        let mut least = vec![i64::MAX; size + 1];
        let mut used = vec![false; size + 1];
        row_of[0] = row;
        let mut column = 0;
        while row_of[column] != 0 {
            used[column] = true;
            let from = row_of[column];
            let (mut delta, mut next) = (i64::MAX, 0);
            for to in (1..=size).filter(|to| !used[*to]) {
                let reduced = cost(from, to) - row_potential[from] - column_potential[to];
                if reduced < least[to] {
                    least[to] = reduced;
                    way[to] = column;
                }
                if least[to] < delta {
                    delta = least[to];
                    next = to;
                }
            }
            for to in 0..=size {
                if used[to] {
                    row_potential[row_of[to]] += delta;
                    column_potential[to] -= delta;
                } else if least[to] != i64::MAX {
                    least[to] -= delta;
                }
            }
            column = next;
        }
        while column != 0 {
            let previous = way[column];
            row_of[column] = row_of[previous];
            column = previous;
        }
    }
    let mut columns = vec![0; size];
    for (column, row) in row_of.iter().enumerate().skip(1) {
        if *row > 0 {
            columns[row - 1] = column - 1;
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_assignment_is_the_cheapest_of_all() {
        let costs = vec![vec![4, 1, 3], vec![2, 0, 5], vec![3, 2, 2]];
        assert_eq!(least_cost(&costs), [1, 0, 2]);
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let costs: Vec<Vec<u32>> =
                (0..5).map(|_| (0..5).map(|_| random.u32(0..20)).collect()).collect();
            let sum: u32 = least_cost(&costs).iter().enumerate().map(|(r, c)| costs[r][*c]).sum();
            assert_eq!(sum, cheapest(&costs, 0, &mut vec![false; 5]));
        }
    }

    fn cheapest(costs: &[Vec<u32>], row: usize, used: &mut Vec<bool>) -> u32 {
        if row == costs.len() {
            return 0;
        }
        let mut best = u32::MAX;
        for column in 0..costs.len() {
            if !used[column] {
                used[column] = true;
                best = best.min(costs[row][column] + cheapest(costs, row + 1, used));
                used[column] = false;
            }
        }
        best
    }
}

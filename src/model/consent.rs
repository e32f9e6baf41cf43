//! What a visitor has chosen, as the author of a scenario says it. What pages
//! declare to their tags is in the calls.

use crate::model::span::Span;

/// One item of `consent`: from a step on this is what the visitor has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Index of the step that makes the choice; `None`: made before any step.
    pub from: Option<usize>,
    /// `None`: as it was before.
    pub ads: Option<bool>,
    pub analytics: Option<bool>,
    /// Whether Meta may use the data in a limited way only.
    pub limited: Option<bool>,
    /// Where it stands, for messages.
    pub span: Span,
}

/// What holds all through a step; through the whole scenario, where the step
/// is not known. `None` where nothing was said, and in the step that changes
/// it: what came first there nobody knows.
pub fn settled(
    choices: &[Choice],
    about: impl Fn(&Choice) -> Option<bool>,
    step: Option<usize>,
) -> Option<bool> {
    let mut said = choices.iter().filter_map(|choice| Some((choice.from, about(choice)?)));
    let Some(step) = step else {
        let (from, first) = said.next()?;
        return (from.is_none() && said.all(|(_, it)| it == first)).then_some(first);
    };
    let until = |end: usize| {
        let before = said.clone().take_while(|(from, _)| from.is_none_or(|from| from < end));
        before.last().map(|(_, it)| it)
    };
    until(step).filter(|it| until(step + 1) == Some(*it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_that_changes_a_choice_is_left_open() {
        let choice = |from, ads| {
            let (analytics, limited, span) = (None, None, Span::default());
            Choice { from, ads, analytics, limited, span }
        };
        let choices =
            [choice(None, Some(false)), choice(Some(1), None), choice(Some(3), Some(true))];
        let told = |choices: &[Choice]| -> Vec<Option<bool>> {
            let steps = (0..5).map(Some).chain([None]);
            steps.map(|step| settled(choices, |it| it.ads, step)).collect()
        };
        let (no, yes) = (Some(false), Some(true));
        assert_eq!(told(&choices), [no, no, no, None, yes, None]);
        assert_eq!(told(&choices[..2]), [no; 6]);
        assert_eq!(told(&choices[2..]), [None, None, None, None, yes, None]);
        assert_eq!(told(&[]), [None; 6]);
    }
}

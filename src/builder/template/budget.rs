//! How much the templates of one definition may compute.

use crate::limits::Exceeded;

use super::limits::{TEMPLATE_OUTPUT, TEMPLATE_STEPS};

/// What is left for the templates of one definition and one platform.
#[derive(Clone, Debug)]
pub struct Budget {
    steps: u64,
    output: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: TEMPLATE_STEPS, output: TEMPLATE_OUTPUT }
    }
}

impl Budget {
    /// Takes this number of operations.
    pub(super) fn steps(&mut self, count: usize) -> Result<(), Exceeded> {
        take(&mut self.steps, count).ok_or_else(|| {
            let measured =
                format!("more than {TEMPLATE_STEPS} operations for the templates of one definition");
            Exceeded::new(measured, TEMPLATE_STEPS, "operations")
        })
    }

    /// Takes this number of bytes of text.
    pub(crate) fn output(&mut self, bytes: usize) -> Result<(), Exceeded> {
        take(&mut self.output, bytes).ok_or_else(|| {
            let measured = format!("more than {TEMPLATE_OUTPUT} bytes from the templates of one definition");
            Exceeded::new(measured, TEMPLATE_OUTPUT, "bytes")
        })
    }
}

fn take(left: &mut u64, amount: usize) -> Option<()> {
    *left = left.checked_sub(u64::try_from(amount).ok()?)?;
    Some(())
}

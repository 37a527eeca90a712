//! A browser with tabs, and pages to open in them.

mod browser;
mod manifests;
mod tab;

pub(crate) use browser::Browser;
pub(crate) use manifests::{Page, WIDE, WIDEST};
pub(crate) use tab::{Scheme, Tab, WIDTHS};

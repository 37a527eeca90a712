//! Text with repairs applied: the places that change, and that nothing else does.

mod edit_cases;

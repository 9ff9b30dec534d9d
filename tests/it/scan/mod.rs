//! `dhi scan`.

mod compare;

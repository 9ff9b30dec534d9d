//! Ports that an image exposes.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::keyword::keywords;
use super::{InvalidValue, Keyword};

keywords! {
    /// The transport protocol of a port.
    Protocol {
        /// TCP, the protocol of a port without one.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
        /// SCTP.
        Sctp = "sctp",
    }
}

/// One entry of `ports`: `N`, `N/udp`, `N-M` or `N-M/udp`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PortRange {
    /// The numbers.
    pub numbers: RangeInclusive<u16>,
    /// The protocol.
    pub protocol: Protocol,
}

/// One port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port {
    /// The number, from 1.
    pub number: u16,
    /// The protocol.
    pub protocol: Protocol,
}

const FORM: &str = "expected `8080`, `8080/tcp` or `8080-8090/udp`";
const NUMBER: &str = "ports are numbers from 1 to 65535";

impl PortRange {
    /// Its ports.
    pub fn ports(&self) -> impl Iterator<Item = Port> + use<> {
        let protocol = self.protocol;
        self.numbers.clone().map(move |number| Port { number, protocol })
    }
}

impl FromStr for PortRange {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        parse(text).map_err(|cause| {
            let lower = text.to_ascii_lowercase();
            let suggestion = (lower != text && parse(&lower).is_ok()).then_some(lower);
            InvalidValue::Port { text: text.to_owned(), cause, suggestion }
        })
    }
}

fn parse(text: &str) -> Result<PortRange, &'static str> {
    let (numbers, protocol) = match text.split_once('/') {
        Some((numbers, protocol)) => {
            (numbers, Protocol::find(protocol).ok_or("the protocol is `tcp`, `udp` or `sctp`")?)
        }
        None => (text, Protocol::Tcp),
    };
    let (first, last) = match numbers.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(numbers)?, number(numbers)?),
    };
    if first > last {
        return Err("the range ends before it begins");
    }
    Ok(PortRange { numbers: first..=last, protocol })
}

fn number(text: &str) -> Result<u16, &'static str> {
    if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(FORM);
    }
    if text.starts_with('0') {
        return Err(NUMBER);
    }
    text.parse().map_err(|_| NUMBER)
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.numbers.start(), self.numbers.end());
        match first == last {
            true => write!(f, "{first}/{}", self.protocol),
            false => write!(f, "{first}-{last}/{}", self.protocol),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.protocol)
    }
}

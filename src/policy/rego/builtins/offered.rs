//! The list of built-in functions that policies can call.
//!
//! A policy that calls any other function is refused when it is read. `docs/policies/builtins.md` is generated from
//! this list.

/// A built-in function that policies can call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Its name, such as `array.concat`.
    pub name: &'static str,
    /// The number of its arguments. `None` for [`ANY_NUMBER`].
    pub arity: Option<u8>,
    /// What it returns, in one line.
    pub about: &'static str,
}

/// The function that takes any number of arguments.
pub const ANY_NUMBER: &str = "print";

const fn offered(name: &'static str, arity: u8, about: &'static str) -> Offered {
    Offered { name, arity: Some(arity), about }
}

/// Whether policies can call the built-in function `name`. Host functions (`oci.…`) are not in this list.
pub fn is_offered(name: &str) -> bool {
    OFFERED.binary_search_by(|offered| offered.name.cmp(name)).is_ok()
}

/// All built-in functions that policies can call, by name.
pub const OFFERED: &[Offered] = &[
    offered("abs", 1, "the absolute value of a number"),
    offered("array.concat", 2, "the items of the first array, then those of the second"),
    offered("array.reverse", 1, "the items in reverse order"),
    offered("array.slice", 3, "the items from the first index up to, without, the second"),
    offered("base64.decode", 1, "the text that base64 encodes"),
    offered("base64.encode", 1, "the text in base64, padded"),
    offered("base64.is_valid", 1, "whether a text is base64"),
    offered("base64url.decode", 1, "the text that base64url encodes, padded or not"),
    offered("base64url.encode", 1, "the text in base64url, padded"),
    offered("base64url.encode_no_pad", 1, "the text in base64url, not padded"),
    offered("bits.and", 2, "the bitwise AND of two integers"),
    offered("bits.lsh", 2, "an integer shifted left"),
    offered("bits.negate", 1, "the bitwise complement of an integer"),
    offered("bits.or", 2, "the bitwise OR of two integers"),
    offered("bits.rsh", 2, "an integer shifted right"),
    offered("bits.xor", 2, "the bitwise XOR of two integers"),
    offered("ceil", 1, "the number rounded up"),
    offered("concat", 2, "the texts of an array or set, joined by the first argument"),
    offered("contains", 2, "whether the first text contains the second"),
    offered("count", 1, "the number of items, members or characters"),
    offered("crypto.sha256", 1, "the SHA-256 digest of a text, in hex"),
    offered("endswith", 2, "whether the first text ends with the second"),
    offered("floor", 1, "the number rounded down"),
    offered("format_int", 2, "the integer part of a number in base 2, 8, 10 or 16"),
    offered("glob.match", 3, "whether a text matches a glob pattern with these delimiters"),
    offered("glob.quote_meta", 1, "the text as a glob pattern that matches only it"),
    offered("graph.reachable", 2, "the nodes that can be reached from the given ones"),
    offered("hex.decode", 1, "the text that hex digits encode"),
    offered("hex.encode", 1, "the text in hex digits"),
    offered("indexof", 2, "the position of the second text in the first, or -1"),
    offered("indexof_n", 2, "all positions of the second text in the first"),
    offered("intersection", 1, "what all sets of a set have in common"),
    offered("is_array", 1, "`true` for an array"),
    offered("is_boolean", 1, "`true` for a boolean"),
    offered("is_null", 1, "`true` for `null`"),
    offered("is_number", 1, "`true` for a number"),
    offered("is_object", 1, "`true` for an object"),
    offered("is_set", 1, "`true` for a set"),
    offered("is_string", 1, "`true` for a text"),
    offered("json.filter", 2, "the object with only these paths"),
    offered("json.is_valid", 1, "whether a text is JSON"),
    offered("json.marshal", 1, "a value as JSON"),
    offered("json.remove", 2, "the object without these paths"),
    offered("json.unmarshal", 1, "the value of a JSON text"),
    offered("lower", 1, "the text in lower case"),
    offered("max", 1, "the greatest item"),
    offered("min", 1, "the least item"),
    offered("numbers.range", 2, "the integers from the first to the second"),
    offered("numbers.range_step", 3, "the integers from the first to the second, by steps"),
    offered("object.filter", 2, "the object with only these keys"),
    offered("object.get", 3, "the value at a key or path, or the third argument"),
    offered("object.keys", 1, "the set of keys"),
    offered("object.remove", 2, "the object without these keys"),
    offered("object.subset", 2, "whether the second value is part of the first"),
    offered("object.union", 2, "both objects merged; the second wins"),
    offered("object.union_n", 1, "all objects merged; later ones win"),
    Offered {
        name: ANY_NUMBER,
        arity: None,
        about: "`true`; its arguments are shown when prints are asked for",
    },
    offered("product", 1, "the product of the numbers"),
    offered("regex.find_all_string_submatch_n", 3, "the first matches with their groups, at most this many"),
    offered("regex.find_n", 3, "the first matches of a regular expression, at most this many"),
    offered("regex.is_valid", 1, "whether a text is a regular expression"),
    offered("regex.match", 2, "whether a text has a match of a regular expression"),
    offered("regex.replace", 3, "the text with each match replaced"),
    offered("regex.split", 2, "the parts of a text between matches"),
    offered("replace", 3, "the text with each occurrence of the second replaced by the third"),
    offered("round", 1, "the number rounded to the nearest integer"),
    offered("semver.compare", 2, "-1, 0 or 1: the order of two semantic versions"),
    offered("semver.is_valid", 1, "whether a text is a semantic version"),
    offered("sort", 1, "the items in order"),
    offered("split", 2, "the parts of a text between delimiters"),
    offered("sprintf", 2, "the arguments formatted by Go's verbs"),
    offered("startswith", 2, "whether the first text starts with the second"),
    offered("strings.any_prefix_match", 2, "whether any text starts with any prefix"),
    offered("strings.any_suffix_match", 2, "whether any text ends with any suffix"),
    offered("strings.count", 2, "how often the second text is in the first"),
    offered("strings.replace_n", 2, "the text with each key of the object replaced by its value"),
    offered("strings.reverse", 1, "the text in reverse order"),
    offered("substring", 3, "the text from this position, of this length (-1: to the end)"),
    offered("sum", 1, "the sum of the numbers"),
    offered("time.add_date", 4, "the time with years, months and days added"),
    offered("time.clock", 1, "hour, minute and second"),
    offered("time.date", 1, "year, month and day"),
    offered("time.diff", 2, "the difference of two times: years, months, days, hours, minutes, seconds"),
    offered("time.format", 1, "the time as text"),
    offered("time.now_ns", 0, "the effective time, in nanoseconds since 1970"),
    offered("time.parse_duration_ns", 1, "the nanoseconds of a duration such as `1h30m`"),
    offered("time.parse_ns", 2, "the nanoseconds of a time in a layout of Go"),
    offered("time.parse_rfc3339_ns", 1, "the nanoseconds of a time in RFC 3339"),
    offered("time.weekday", 1, "the day of the week, in English"),
    offered("to_number", 1, "the number of a text, boolean or `null`"),
    offered("trim", 2, "the text without these characters at both ends"),
    offered("trim_left", 2, "the text without these characters at its start"),
    offered("trim_prefix", 2, "the text without this prefix"),
    offered("trim_right", 2, "the text without these characters at its end"),
    offered("trim_space", 1, "the text without white space at both ends"),
    offered("trim_suffix", 2, "the text without this suffix"),
    offered("type_name", 1, "the type of a value, as text"),
    offered("union", 1, "all items of all sets of a set"),
    offered("units.parse", 1, "the number of a text with a unit, such as `10K` or `5Mi`"),
    offered("units.parse_bytes", 1, "the bytes of a text with a unit, such as `10KB` or `5MiB`"),
    offered("upper", 1, "the text in upper case"),
    offered("urlquery.decode", 1, "the text that URL encoding encodes"),
    offered("urlquery.encode", 1, "the text in URL encoding"),
    offered("walk", 1, "all paths and values inside a value"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_has_no_duplicates() {
        for pair in OFFERED.windows(2) {
            let [first, second] = pair else { continue };
            assert!(first.name < second.name, "{} before {}", first.name, second.name);
        }
    }

    #[test]
    fn functions_with_network_or_randomness_are_not_offered() {
        for name in [
            "http.send",
            "net.lookup_ip_addr",
            "rand.intn",
            "uuid.rfc4122",
            "opa.runtime",
            "rego.parse_module",
        ] {
            assert!(!is_offered(name), "{name}");
        }
        assert!(is_offered("sprintf"));
    }
}

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dhi_fuzz::apk_package(data));

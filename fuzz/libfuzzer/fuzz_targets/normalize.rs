#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hearken_fuzz::targets::normalize::run(data));

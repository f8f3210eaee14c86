#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| beistand_tests::fuzz::company_file(data));

//! What is said of wrong files, word by word.

use std::path::Path;

use crate::config::parse;

/// Files that are TOML, but not the language.
pub(super) const WRONG_TYPES: &[&str] = &[
    // Unknown keys.
    "[[user]]\nname = \"web\"\n\n[[user.task]]\nname = \"view\"\ngte = \"/products\"\n",
    "[profiles.load]\nusers = 1\n",
    "[target]\nconcurrency = 3\n",
    "[http]\ntimout = \"1s\"\n",
    "[profile.load]\nuser = 3\n",
    "[profile.stress]\nstages = [{ users = 1, for = \"1s\" }, { users = 2, during = \"1s\" }]\n",
    "[gate]\np59 = \"+10%\"\n",
    "[gate]\np95 = { tolerence = \"+10%\" }\n",
    "[gate.endpoint.create_order]\np75 = \"+10%\"\n",
    "[gate.endpoint.create_order]\nrule = \"confident\"\n",
    "[[user]]\n[[user.start]]\npots = \"/login\"\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\n[[user.task.step]]\nname = \"pay\"\nget = \"/\"\nexpect = { statsu = 200 }\n",
    "[[user]]\nthink = { betwen = [\"1s\", \"2s\"] }\n",
    "[data.products]\nfiel = \"products.csv\"\n",
    "[lint]\nallow = [\"no-think\"]\n",
    "[lint]\nallow = [\"spelling\"]\n",
    "[lint]\nforbid = []\n",
    "[warehouse]\nslot = \"5s\"\n",
    "user = [{ task = [{ get = \"/\", wieght = 2 }] }]\n",
    "[target]\nresources = { proces = \"command\" }\n",
    "[profile.soak]\nleak = { memroy = \"+5%/h\" }\n",
    "[gate.endpoint.pay]\nmemory = \"+10%\"\n",
    // Missing keys.
    "[data.products]\npick = \"cycle\"\n",
    "data = { products = { pick = \"cycle\" } }\n",
    // Wrong types.
    "target = \"http://127.0.0.1\"\n",
    "[target]\nurl = 8000\n",
    "[target]\nallow = \"staging.example.com\"\n",
    "[target]\nallow = [\"a.example.com\", 5]\n",
    "[target]\nproduction = \"api.example.com\"\n",
    "[http]\nkeep_alive = \"yes\"\n",
    "[user]\nname = \"web\"\n",
    "[[user]]\n[user.task]\nget = \"/\"\n",
    "[[user]]\nweight = -1\n",
    "[[user]]\nweight = 1.5\n",
    "[[user]]\nweight = \"4\"\n",
    "[[profile.load]]\nusers = 3\n",
    "[profile.load]\nusers = 5000000000\n",
    "[[user]]\n[[user.task]]\npost = \"/\"\nform = { quantity = { least = 1 } }\n",
    "[[user]]\n[[user.task]]\nget = \"/\"\nquery = { page = { from = 1 } }\n",
    "[[user]]\n[[user.task]]\nget = \"/\"\nquery = { tag = [[1]] }\n",
    "[[user]]\n[[user.task]]\npost = \"/\"\nmultipart = { picture = { flie = \"cup.png\" } }\n",
    "[[user]]\n[[user.task]]\npost = \"/\"\nmultipart = { picture = [\"cup.png\"] }\n",
    "[[user]]\n[[user.task]]\npost = \"/\"\ngraphql = { qeury = \"{ me }\" }\n",
    "[[user]]\n[[user.task]]\nget = \"/\"\nexpect = { status = \"6xx\" }\n",
    "[[user]]\n[[user.task]]\nget = \"/\"\nexpect = { header = { ETag = { regexp = \"x\" } } }\n",
    "[[user]]\n[[user.task]]\nget = \"/\"\nexpect = { cookie = { sid = 5 } }\n",
    "[[user]]\n[[user.task]]\nget = \"/\"\nauth = \"hunter2\"\n",
    "[[user]]\n[[user.task]]\nget = \"/\"\nauth = { baerer = \"hunter2\" }\n",
    "[[user]]\nauth = { basic = [\"ada\"] }\n",
    "[http]\nauth = { bearer = \"hunter2\", basic = [\"a\", \"b\"] }\n",
    "[target]\nresources = { process = \"nginx\" }\n",
    "[target]\nresources = { process = 0 }\n",
    "[target]\nresources = { pid_file = \"a\", cgroup = \"b\" }\n",
    "[target]\nresources = { prometheus = \"http://127.0.0.1:9100\" }\n",
    "[target]\nresources = {}\n",
    "[target]\ncommand = \"uvicorn app:app\"\n",
    "[profile.soak]\nleak = { memory = \"+5%\" }\n",
    "[gate]\ncpu = \"-10%\"\n",
    "[gate]\nmemory = { limit = 512 }\n",
    "[gate]\nmemory = { limit = \"512 mb\" }\n",
    "[gate]\ncpu = { limit = 1.5, for = \"10s\" }\n",
    "[gate]\nopen_files = { limit = \"many\" }\n",
    // Bad durations, rates and words.
    "[http]\ntimeout = 30\n",
    "[http]\ntimeout = \"30\"\n",
    "[profile.load]\nduration = \"10 minutes\"\n",
    "[profile.load]\nduration = \"soon\"\n",
    "[profile.open]\nrate = 500\n",
    "[profile.open]\nrate = \"500 rps\"\n",
    "[profile.open]\narrivals = \"possion\"\n",
    "[profile.open]\narrivals = \"bursty\"\n",
    "[data.products]\nfile = \"p.csv\"\npick = true\n",
    "[[user]]\nthink = \"1s\"\n",
    "[[user]]\nthink = \"a while\"\n",
    "[[user]]\nthink = { constant = \"1s\", pacing = \"2s\" }\n",
    "[[user]]\nthink = {}\n",
    "[[user]]\nthink = { between = [\"1s\"] }\n",
    "[[user]]\nthink = { between = [\"1s\", \"2\"] }\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nexpect = { status = \"ok\" }\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nexpect = { status = [200, 99] }\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nexpect = { status = [] }\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nexpect = { body = 5 }\n",
    "[[user]]\ncount = \"five\"\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nrepeat = \"twice\"\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nrepeat = -1\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nrepeat = [1]\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nrepeat = [1, 2, 3]\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nrepeat = [1, \"2\"]\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nif = true\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\nwhiel = \"stock > 0\"\n",
    "[[user]]\nname = \"web\"\n[[user.task]]\nget = \"/\"\ntags = \"read\"\n",
    "[profile.load]\nitterations = 3\n",
    "[profile.load]\niterations = 1.5\n",
    // Rules that make no sense for their metric.
    "[gate]\np95 = 10\n",
    "[gate]\np95 = \"10\"\n",
    "[gate]\np95 = \"-10%\"\n",
    "[gate]\np95 = \"+1pp\"\n",
    "[gate]\np95 = { limit = \"1%\" }\n",
    "[gate]\nerror_rate = \"+10%\"\n",
    "[gate]\nerror_rate = { limit = \"5ms\" }\n",
    "[gate]\nerror_rate = { limit = 5 }\n",
    "[gate]\nerror_rate = { tolerance = \"+0.1pp\", floor = \"2ms\" }\n",
    "[gate]\nrps = \"5%\"\n",
    "[gate]\nrps = { limit = \"1%\" }\n",
    "[gate.endpoint.create_order]\np95 = { tolerance = \"lots\" }\n",
    "[gate]\np95 = { tolerance = \"+10%\", for = \"10s\" }\n",
    "[gate]\nerror_rate = { limit = \"1%\", for = \"500ms\" }\n",
    "[gate]\nrps = { limit = \"10/s\", for = 10 }\n",
    "[gate]\nabort = \"error_rate > 20%\"\n",
    "[[gate.abort]]\nfor = \"10s\"\n",
    "[[gate.abort]]\nwhen = \"error_rate > 20\"\n",
    "[[gate.abort]]\nwhen = \"p59 > 2s\"\n",
    "[[gate.abort]]\nwhen = \"error_rate > 20%\"\nwithin = \"10s\"\n",
    "[[gate.abort]]\nwhen = \"error_rate > 20%\"\nfor = \"1.5s\"\n",
    "[gate]\non_inconclusive = \"warn\"\n",
    // Searches.
    "[profile.ceiling]\nsearch = { form = \"50/s\" }\n",
    "[profile.ceiling]\nsearch = { slo = { p59 = \"500ms\" } }\n",
    "[profile.ceiling]\nsearch = { precision = 5 }\n",
    "[profile.ceiling]\nsearch = \"p95 < 500ms\"\n",
    "[gate]\nrps_ceiling = \"10%\"\n",
    // Secrets stay unsaid.
    "[vars]\npassword = { evn = \"PASSWORD\", default = \"hunter2\" }\n",
    "[vars]\npassword = [\"hunter2\"]\n",
    "[vars.password]\nvalue = \"hunter2\"\nsecret = \"yes\"\n",
    "vars = \"hunter2\"\n",
    "[http]\nheaders = { Authorization = [\"Bearer hunter2\"] }\n",
    "[[user]]\nname = \"web\"\nheaders = { Authorization = \"hunter2\" }\n[[user.task]]\nget = \"/\"\nheaders = \"Authorization: hunter2\"\n",
    "user = [{ headers = { Authorization = \"hunter2\" }, nme = \"web\" }]\n",
];

/// Files that are not TOML.
const NOT_TOML: &[&str] = &[
    "[profile.load]\nduration = 10m\n",
    "[profile.open]\nrate = 200/s\n",
    "[target]\nurl = \u{201c}http://127.0.0.1\u{201d}\n",
    "[target]\nurl = \"http://127.0.0.1\nallow = []\n",
    "[target]\nurl =\n",
    "[target]\nurl \"http://127.0.0.1\"\n",
    "[target]\nurl: \"http://127.0.0.1\"\n",
    "[target\nurl = \"demo\"\n",
    "[[user\nname = \"web\"\n",
    "[target]\nurl = \"demo\"\nurl = \"demo\"\n",
    "[target]\nurl = \"demo\"\n[http]\n[target]\n",
    "[target]\nallow = [\"a\" \"b\"]\n",
    "[target]\nallow = [\"a\",\n[http]\n",
    "[[user]]\nthink = { constant = \"1s\"\n",
    "[[user]]\nthink = { constant = \"1s\" weight = 1 }\n",
    "[[user]]\nweight = 1 name = \"web\"\n",
    "[[user]]\nweight == 1\n",
    "[[user]]\nweight = 01\n",
    "[[user]]\nweight = 99999999999999999999\n",
    "[[user]]\nname = \"C:\\web\"\n",
    "[http]\nkeep_alive = tru\n",
    "[http]\nkeep_alive = True\n",
    "= 3\n",
    "{ \"target\": { \"url\": \"demo\" } }\n",
    "target:\n  url: demo\n",
    "[vars]\npassword = hunter2\n",
    "[vars]\npassword = \"hunter2\n",
    "[vars]\npassword = \"hunter2\"\npassword = \"hunter3\"\n",
    "[[user]]\nheaders = { Authorization = \"Bearer hunter2 }\n",
    "\u{1b}[31m = 3\n",
];

fn errors(files: &[&str]) -> String {
    let error = |text: &&str| match parse(text, Path::new("loadgate.toml")) {
        Ok(_) => panic!("taken: {text}"),
        Err(error) => format!(
            "{}\nerror: {error}\n",
            text.trim_end().escape_debug().to_string().replace("\\n", "\n").replace("\\\"", "\"")
        ),
    };
    files.iter().map(error).collect::<Vec<_>>().join("\n----\n")
}

#[test]
fn files_that_are_not_the_language_are_refused_with_what_to_write() {
    insta::assert_snapshot!(errors(WRONG_TYPES));
}

#[test]
fn files_that_are_not_toml_are_refused_with_what_to_write() {
    insta::assert_snapshot!(errors(NOT_TOML));
}

#[test]
fn no_error_quotes_a_secret() {
    for text in WRONG_TYPES.iter().chain(NOT_TOML).filter(|text| text.contains("hunter")) {
        let said = parse(text, Path::new("loadgate.toml")).unwrap_err().to_string();
        assert!(!said.contains("hunter"), "{said}");
    }
}

//! The worker: reads cells of pictures until nobody asks any more.
//!
//! It holds nothing but models and what it read lately, and opens no file but the models.

use std::ffi::CStr;
use std::io::{stdin, stdout};
use std::rc::Rc;

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

use super::cache::Cache;
use super::frame::{self, Alphabet, Answer, Pass, Place, Seen};
use super::picture::Grey;
use super::renderings::Cell;
use super::tesseract::{Api, Engine};

/// Address space of a worker: two models, one picture and room.
const MEMORY: u64 = 1024 * 1024 * 1024;

/// Serves the process at the other end of standard input until it closes.
pub fn serve() -> anyhow::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    setrlimit(Resource::As, Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) })?;
    let mut reader = Reader::default();
    let (mut from, mut to) = (stdin().lock(), stdout().lock());
    while let Some(question) = frame::next(&mut from)? {
        frame::answer(&mut to, &reader.answer(&question))?;
    }
    Ok(())
}

/// What `doctor` says: the library's version and the models that are there.
pub fn found() -> Result<String, String> {
    let mut reader = Reader::default();
    let engines = reader.engines()?;
    Ok(format!("Tesseract {}, models {CHINESE} and {LATIN}", engines.api.version()))
}

const CHINESE: &str = "chi_sim";
const LATIN: &str = "eng";

/// Engines are opened with the first question: what was missing then may be installed by the next.
#[derive(Default)]
struct Reader {
    engines: Option<Engines>,
    cache: Cache,
    /// A picture is asked about up to three times.
    last: Option<([u8; 32], Grey)>,
}

struct Engines {
    chinese: Engine,
    latin: Engine,
    api: Rc<Api>,
}

impl Reader {
    fn answer(&mut self, question: &[u8]) -> Answer {
        let (places, picture) = frame::taken_apart(question)?;
        let digest = *blake3::hash(picture).as_bytes();
        let (_, picture) = match self.last.take() {
            Some(last) if last.0 == digest => last,
            _ => (digest, Grey::decode(picture)?),
        };
        let answer = places.iter().map(|place| self.look(&picture, place)).collect();
        self.last = Some((digest, picture));
        answer
    }

    fn look(&mut self, picture: &Grey, place: &Place) -> Result<Seen, String> {
        let [x, y, width, height] = [place.x, place.y, place.width, place.height].map(|n| n as usize);
        let Some(cell) = picture.cut((x, y), (width, height)) else { return Ok(Seen::Outside) };
        let Some(cell) = cell.prepared() else { return Ok(Seen::Blank) };
        let cell = Cell::new(&cell);
        let key = Cache::key(cell.text(), place.alphabet, place.again);
        if let Some(passes) = self.cache.get(&key) {
            return Ok(Seen::Read(passes));
        }
        let engines = self.engines()?;
        let renderings = if place.again { cell.more() } else { cell.first() };
        let passes: Vec<Pass> = renderings.iter().map(|picture| engines.read(picture, place.alphabet)).collect();
        self.cache.put(key, passes.clone());
        Ok(Seen::Read(passes))
    }

    fn engines(&mut self) -> Result<&mut Engines, String> {
        if self.engines.is_none() {
            self.engines = Some(Engines::open()?);
        }
        Ok(self.engines.as_mut().expect("just opened"))
    }
}

impl Engines {
    fn open() -> Result<Self, String> {
        let api = Api::load()?;
        Ok(Self { chinese: Engine::open(&api, CHINESE)?, latin: Engine::open(&api, LATIN)?, api })
    }

    fn read(&mut self, cell: &Grey, alphabet: Alphabet) -> Pass {
        let (engine, characters): (_, &CStr) = match alphabet {
            Alphabet::Digits => (&mut self.latin, c"0123456789"),
            Alphabet::Clock => (&mut self.latin, c"0123456789-/:. "),
            Alphabet::Number => (&mut self.latin, c"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            // Together with Latin it reads worse, and slower.
            Alphabet::Chinese => (&mut self.chinese, c""),
        };
        let (text, sure) = engine.read(cell, characters);
        Pass { text, sure }
    }
}

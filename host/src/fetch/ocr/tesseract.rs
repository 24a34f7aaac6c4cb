//! Tesseract by its C API, loaded while running. All unsafe code of text recognition is here.
//!
//! An engine belongs to the thread that made it: it is neither `Send` nor `Sync`.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::rc::Rc;

use libloading::Library;

use super::picture::Grey;

/// Names of the library, the usual one first.
const LIBRARIES: [&str; 2] = ["libtesseract.so.5", "libtesseract.so"];
/// One line of text.
const SINGLE_LINE: c_int = 7;
/// Pixels an inch of a picture at device scale 2.
const RESOLUTION: c_int = 192;

/// The functions of `capi.h` that are used. They are valid as long as the library is here.
pub struct Api {
    version: unsafe extern "C" fn() -> *const c_char,
    create: unsafe extern "C" fn() -> *mut c_void,
    delete: unsafe extern "C" fn(*mut c_void),
    init: unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char) -> c_int,
    set_variable: unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char) -> c_int,
    set_mode: unsafe extern "C" fn(*mut c_void, c_int),
    set_image: unsafe extern "C" fn(*mut c_void, *const u8, c_int, c_int, c_int, c_int),
    set_resolution: unsafe extern "C" fn(*mut c_void, c_int),
    text: unsafe extern "C" fn(*mut c_void) -> *mut c_char,
    delete_text: unsafe extern "C" fn(*const c_char),
    confidence: unsafe extern "C" fn(*mut c_void) -> c_int,
    clear: unsafe extern "C" fn(*mut c_void),
    _library: Library,
}

/// One model, loaded once and used for many pictures.
pub struct Engine {
    api: Rc<Api>,
    handle: *mut c_void,
}

impl Api {
    /// Loads the library. The error says what to install.
    pub fn load() -> Result<Rc<Self>, String> {
        // SAFETY: loading runs the library's initialisers; Tesseract's and Leptonica's only fill tables of their own.
        let library = LIBRARIES.iter().find_map(|name| unsafe { Library::new(*name) }.ok());
        let library = library.ok_or("there is no libtesseract.so.5: install tesseract-ocr")?;
        Self::bind(library)
            .map(Rc::new)
            .map_err(|why| format!("libtesseract is not the one that was expected ({why}): install tesseract-ocr 5"))
    }

    fn bind(library: Library) -> Result<Self, libloading::Error> {
        // SAFETY: every field has the type that `capi.h` of Tesseract 4 and 5 declares for its function.
        unsafe {
            Ok(Self {
                version: *library.get(c"TessVersion")?,
                create: *library.get(c"TessBaseAPICreate")?,
                delete: *library.get(c"TessBaseAPIDelete")?,
                init: *library.get(c"TessBaseAPIInit3")?,
                set_variable: *library.get(c"TessBaseAPISetVariable")?,
                set_mode: *library.get(c"TessBaseAPISetPageSegMode")?,
                set_image: *library.get(c"TessBaseAPISetImage")?,
                set_resolution: *library.get(c"TessBaseAPISetSourceResolution")?,
                text: *library.get(c"TessBaseAPIGetUTF8Text")?,
                delete_text: *library.get(c"TessDeleteText")?,
                confidence: *library.get(c"TessBaseAPIMeanTextConf")?,
                clear: *library.get(c"TessBaseAPIClear")?,
                _library: library,
            })
        }
    }

    /// As the library says, such as `5.3.0`.
    pub fn version(&self) -> String {
        // SAFETY: it returns a static string that ends with a zero.
        unsafe { CStr::from_ptr((self.version)()) }.to_string_lossy().into_owned()
    }
}

impl Engine {
    /// Loads a model, such as `eng`. The error says what to install.
    pub fn open(api: &Rc<Api>, model: &str) -> Result<Self, String> {
        let missing = || format!("there is no model `{model}`: install tesseract-ocr-{}", model.replace('_', "-"));
        let name = CString::new(model).map_err(|_| missing())?;
        // SAFETY: `create` takes nothing; what it returns is used through this engine only, and deleted by it once.
        let engine = Self { api: api.clone(), handle: unsafe { (api.create)() } };
        // It would print to standard error about every odd picture.
        engine.set(c"debug_file", c"/dev/null");
        // SAFETY: the handle is live, the name ends with a zero, and no folder means the library's own or TESSDATA_PREFIX.
        if unsafe { (api.init)(engine.handle, std::ptr::null(), name.as_ptr()) } != 0 {
            return Err(missing());
        }
        // SAFETY: the handle is live and initialised.
        unsafe { (api.set_mode)(engine.handle, SINGLE_LINE) };
        Ok(engine)
    }

    /// Reads one line, of these characters only if there are any: the text, and how sure the engine is, of 100.
    pub fn read(&mut self, picture: &Grey, alphabet: &CStr) -> (String, u8) {
        self.set(c"tessedit_char_whitelist", alphabet);
        let size = |length: usize| c_int::try_from(length).expect("a picture is bounded");
        let (width, height) = (size(picture.width), size(picture.height));
        assert_eq!(picture.pixels.len(), picture.width * picture.height, "a picture is whole");
        // SAFETY: the handle is live; the pixels are `height` lines of `width` bytes, as just checked, and the library
        // copies them before it returns. The text is ours until `delete_text`, which is called once.
        unsafe {
            (self.api.set_image)(self.handle, picture.pixels.as_ptr(), width, height, 1, width);
            (self.api.set_resolution)(self.handle, RESOLUTION);
            let text = (self.api.text)(self.handle);
            if text.is_null() {
                (self.api.clear)(self.handle);
                return (String::new(), 0);
            }
            let read = CStr::from_ptr(text).to_string_lossy().trim().to_owned();
            (self.api.delete_text)(text);
            let sure = (self.api.confidence)(self.handle);
            (self.api.clear)(self.handle);
            (read, u8::try_from(sure).unwrap_or(0))
        }
    }

    fn set(&self, name: &CStr, value: &CStr) {
        // SAFETY: the handle is live; name and value end with a zero and are copied.
        unsafe { (self.api.set_variable)(self.handle, name.as_ptr(), value.as_ptr()) };
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // SAFETY: the handle is live and nobody else has it. `TessBaseAPIDelete` ends it first.
        unsafe { (self.api.delete)(self.handle) };
    }
}

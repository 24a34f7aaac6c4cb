//! Why a sheet was not read, each with what to do about it.

/// A sheet is refused whole. What is wrong with one cell only is told by [`Cell`](super::Cell).
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the file is larger than {} MiB; split it into several sheets", bound >> 20)]
    TooLarge { bound: u64 },
    #[error("the workbook unpacks to more than {} MiB; copy only the rows into a new workbook and save that", bound >> 20)]
    UnpacksToTooMuch { bound: u64 },
    #[error("the sheet has more than {bound} rows; split it, or delete the blank rows below the last filled one, and save again")]
    TooManyRows { bound: usize },
    #[error("line {line} is filled beyond column {bound}; delete the columns that do not belong to the form")]
    TooManyColumns { bound: usize, line: u32 },
    #[error("this is neither CSV text nor an Excel workbook; save the sheet as .xlsx or .csv")]
    NotASheet,
    #[error("this is {format} file, which is not read; open it and save it as .xlsx or .csv")]
    OtherFormat { format: &'static str },
    #[error("the workbook is protected by a password; save a copy without a password")]
    Encrypted,
    #[error("the text is in none of UTF-8, UTF-16 and GB18030; save it as “CSV UTF-8” or .xlsx")]
    Encoding,
    #[error("the text holds NUL bytes, as UTF-16 without its mark does; save it as “CSV UTF-8” or .xlsx")]
    Nul,
    #[error("line {line} holds a character that was lost or cannot be shown; type it anew and save as .xlsx or “CSV UTF-8”")]
    LostCharacter { line: u32 },
    #[error("a quotation mark opened in line {line} is never closed; close or delete it")]
    OpenQuote { line: u32 },
    #[error("the workbook has no visible worksheet; unhide the sheet that holds the rows")]
    NoWorksheet,
    #[error("the sheet is empty; its first filled row must hold the headings")]
    NoHeadings,
    #[error("the heading of column {column} is a formula or an error; type it as text")]
    Heading { column: usize },
    #[error("the heading `{heading}` stands there twice; rename or delete one of the columns")]
    HeadingTwice { heading: String },
    #[error("a formula of the workbook fills several cells at once; copy the rows into a new workbook and paste them as values")]
    ArrayFormula,
    #[error("the workbook declares entities or a document type, which no spreadsheet program writes; save it anew")]
    Declarations,
    #[error("the workbook is damaged ({reason}); open it, save it anew and try again")]
    Broken { reason: String },
}

impl Refused {
    pub(super) fn broken(reason: impl std::fmt::Display) -> Self {
        Self::Broken { reason: reason.to_string() }
    }
}

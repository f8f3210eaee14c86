//! Why a file is not taken. What its sender is told of it is a [`FileRefusal`].

use beistand_protocol::desk::api::problem::FileRefusal;

/// Why a file is not taken. Names nothing of its content, so it is safe to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// More files than one submission may have.
    #[error("more files than one submission may have")]
    TooManyFiles,
    /// Longer than one file may be.
    #[error("the file is too long")]
    TooLong,
    /// All files together are longer than a submission may be.
    #[error("the files are too long together")]
    TooLongTogether,
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// A kind of file that is never taken.
    #[error("files of this kind are not taken: {0:?}")]
    Foreign(Foreign),
    /// The name or the sender says one kind, the content is another one.
    #[error("the content is not what the name says")]
    Mismatch,
    /// An image that can't be decoded.
    #[error("the image is damaged")]
    ImageDamaged,
    /// An image with more pixels than are taken.
    #[error("the image has too many pixels")]
    ImageTooLarge,
    /// An image that took more time or memory to decode than it may.
    #[error("the image takes too much to decode")]
    ImageTooCostly,
    /// A PDF that is cut off or holds something else.
    #[error("the PDF is damaged")]
    PdfDamaged,
    /// Text that is none: with characters that only other files have.
    #[error("the text holds characters that no text has")]
    TextDamaged,
}

/// A kind of file that is never taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Foreign {
    /// A drawing that can hold programs.
    Svg,
    /// A web page or other markup.
    Markup,
    /// A photo as some telephones make it; they can send JPEG as well.
    Heic,
    /// A document of an office program.
    Office,
    /// An archive.
    Archive,
    /// A program or script.
    Program,
    /// Sound or video.
    Media,
    /// None that is known.
    Unknown,
}

impl From<Refusal> for FileRefusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooManyFiles => Self::TooMany,
            Refusal::TooLong | Refusal::TooLongTogether => Self::TooLarge,
            Refusal::Empty => Self::Empty,
            Refusal::Foreign(Foreign::Svg | Foreign::Markup) => Self::ActiveContent,
            Refusal::Foreign(Foreign::Heic) => Self::Heic,
            Refusal::Foreign(
                Foreign::Office | Foreign::Archive | Foreign::Program | Foreign::Media | Foreign::Unknown,
            ) => Self::NotAllowed,
            Refusal::Mismatch => Self::LiesAboutItsType,
            Refusal::ImageTooLarge => Self::TooManyPixels,
            Refusal::ImageDamaged | Refusal::ImageTooCostly | Refusal::PdfDamaged | Refusal::TextDamaged => {
                Self::Broken
            }
        }
    }
}

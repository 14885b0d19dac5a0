/** The source of the text of Shakespeare's plays. */
export const playsAttribution = (
  <p>
    Plays of William Shakespeare, in the public domain: the file “Tiny Shakespeare” of Andrej Karpathy’s{' '}
    <a href="https://github.com/karpathy/char-rnn">char-rnn</a>, 1,115,394 characters. Changed: gzipped.
  </p>
);

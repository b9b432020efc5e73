/** Tests of the codec: transcripts at every cut, and printed back byte for byte. */
@NullMarked
package io.posthorn.msrp.wire;

import org.jspecify.annotations.NullMarked;

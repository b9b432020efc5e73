package io.posthorn.cpm.call;

/**
 * One procedure of the standard, named as the standard names it; its class carries {@link
 * io.posthorn.strand.Clause}.
 */
public interface Procedure {
    void run(Call call);
}

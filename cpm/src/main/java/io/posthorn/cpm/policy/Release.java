package io.posthorn.cpm.policy;

/**
 * How a CPM entity names its release in User-Agent and Server. Source: OMA CPM Conv Appendix D;
 * further products may follow.
 */
public record Release(String product) {
    public static final Release CLIENT = new Release("CPM-client/OMA2.2");
    public static final Release SERVER = new Release("CPM-serv/OMA2.2");

    public Release and(String more) {
        return new Release(product + " " + more);
    }

    @Override
    public String toString() {
        return product;
    }
}
